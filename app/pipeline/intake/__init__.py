"""The drop folder: from a file that is being copied to an entry in the worklist that can be opened."""

from app.pipeline.intake.arrivals import Patience
from app.pipeline.intake.finding import Finding, Probe
from app.pipeline.intake.intake import Intake
from app.pipeline.intake.pace import Pace
from app.pipeline.intake.prober import Prober

__all__ = ["Finding", "Intake", "Pace", "Patience", "Probe", "Prober"]
