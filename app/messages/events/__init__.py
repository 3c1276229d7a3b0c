"""Events: facts that reach the Session from views, workers, clocks and disks.

The Session answers with orders, see app.messages.orders. Both are plain data with fields that msgpack can carry.
"""

from app.messages.events.clicks import (
    ClickAdded,
    ClicksCleared,
    MaskDeleted,
    MaskFinished,
    MaskSet,
    MasksSet,
    PendingSegmented,
    PromptDrawn,
    Redone,
    SegmentationFailed,
    Undone,
)
from app.messages.events.comments import CommentAdded, CommentChanged
from app.messages.events.engines import (
    EngineAdvanced,
    EngineCancelled,
    EngineChosen,
    EngineFailed,
    EngineReady,
    EnginesRemembered,
    ModelDownloadRequested,
    ModelsChosen,
    ModelsImportRequested,
    ModelsListed,
    ModelsRequested,
    SiteLearningRequested,
    TransferAdvanced,
    TransferCancelled,
    TransferEnded,
)
from app.messages.events.event import Cells, Event, PropagationDirection, ReviewOrder, ToastLevel
from app.messages.events.files import (
    ArchiveExported,
    ArchiveRequested,
    DataSetRequested,
    ExportAdvanced,
    ExportCancelled,
    ExportEnded,
    ExportRequested,
    ImportedMask,
    ImportedObject,
    LabelsClashed,
    LabelsLoadRequested,
    LabelsSaveRequested,
    MasksImportCancelled,
    MasksImportConfirmed,
    MasksImported,
    MasksImportFailed,
    MasksImportRequested,
)
from app.messages.events.labels import (
    LabelAdded,
    LabelChanged,
    LabelChosen,
    LabelCoded,
    LabelDeleted,
    LabelMoved,
    LabelsRecalled,
    LabelsReplaced,
    ObjectAdded,
    ObjectChosen,
    ObjectDeleted,
    ObjectDescribed,
    ObjectPicked,
    ObjectRelabelled,
    ObjectsHidden,
    ObjectSplit,
    ObjectStepped,
)
from app.messages.events.mask_edits import (
    GapsInterpolated,
    MaskCopied,
    MaskCopiedOn,
    MaskEditFailed,
    MaskEditRequested,
    MaskPasted,
    MasksEdited,
    ObjectCut,
    ObjectsMerged,
    RangeCleared,
)
from app.messages.events.navigation import (
    BestFrameRequested,
    FrameRequested,
    FrameStepped,
    LoopToggled,
    PlaybackAdvanced,
    PlayToggled,
    RangeMarked,
    ReferenceStepped,
    SpeedChosen,
    TimeStepped,
    UnseenDue,
    UnseenPlayed,
    WorstFrameRequested,
)
from app.messages.events.notices import EditsStored, Noticed, OperatorChosen, StorageFailed, ToastDismissed
from app.messages.events.polygons import (
    MaskReshaped,
    PolygonDeleted,
    PolygonsTraced,
    ReshapeFailed,
    VertexDeleted,
    VertexInserted,
    VertexMoved,
)
from app.messages.events.propagation import (
    FramePropagated,
    FramesVerified,
    PropagationCancelled,
    PropagationEnded,
    PropagationRequested,
    PropagationResumed,
)
from app.messages.events.second_series import (
    SecondSeriesChosen,
    SecondSeriesClosed,
    SecondSeriesFailed,
    SecondSeriesOffered,
    SecondSeriesOpened,
    SecondSeriesRequested,
    SecondWindowChanged,
)
from app.messages.events.sequences import SequenceAwaited, SequenceClosed, SequenceOpened, SequenceRequested
from app.messages.events.sheet import FramesMarked, SeenVerified, SheetOrdered, SheetScrolled, SheetToggled
from app.messages.events.shots import CutsFound, CutStepped, ThumbnailsWanted
from app.messages.events.tiers import (
    IntervalAdded,
    IntervalChanged,
    MarkingToggled,
    SheetFiltered,
    TermPressed,
    TierAdded,
    TierDeleted,
    TiersRecalled,
    TiersSaveRequested,
    UnmaskedStepped,
)
from app.messages.events.tools import LimitsChanged, ToolChanged
from app.messages.events.view import (
    AreasMeasured,
    AreasRequested,
    CrossMoved,
    OrientationChosen,
    PixelSizeGiven,
    ScanMeasured,
    SeriesOffered,
    SeriesRequested,
    View3DChanged,
    ViewChanged,
    WindowChanged,
    WindowFitted,
)
