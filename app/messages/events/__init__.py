"""Events: facts that reach the Session from views, workers, clocks and disks.

The Session answers with orders, see app.messages.orders. Both are plain data with fields that msgpack can carry.
"""

from app.messages.events.clicks import *
from app.messages.events.comments import *
from app.messages.events.comparison import *
from app.messages.events.engines import *
from app.messages.events.event import *
from app.messages.events.files import *
from app.messages.events.labels import *
from app.messages.events.mask_edits import *
from app.messages.events.navigation import *
from app.messages.events.night import *
from app.messages.events.notices import *
from app.messages.events.pictures import *
from app.messages.events.polygons import *
from app.messages.events.propagation import *
from app.messages.events.second_series import *
from app.messages.events.sequences import *
from app.messages.events.sheet import *
from app.messages.events.shots import *
from app.messages.events.sign_offs import *
from app.messages.events.tiers import *
from app.messages.events.tools import *
from app.messages.events.view import *
from app.messages.events.worklist import *
