"""Currents: what the sandbox applied, and messages on request, as Avro files in S3's layout.

In: `Recorder` is told what was applied; `campaign` and `trial_events` make what a dashboard would.
Out: `Export` writes files below a folder. What it took is in its journal, and so outlives a kill;
a kill between a file and the journal repeats events with the same ids, as Braze may too. Where the
state is kept, the journal is a part of it: no event without its effect, and no effect without it.
"""

from braze_sandbox.currents.campaign import Campaign, play
from braze_sandbox.currents.export import Export
from braze_sandbox.currents.folder import FolderError
from braze_sandbox.currents.journal import KeptJournal
from braze_sandbox.currents.oddities import Oddities
from braze_sandbox.currents.recorder import Recorder
from braze_sandbox.currents.schemas import avro_schema, event_types
from braze_sandbox.currents.trial import trial_events

__all__ = [
    "Campaign",
    "Export",
    "FolderError",
    "KeptJournal",
    "Oddities",
    "Recorder",
    "avro_schema",
    "event_types",
    "play",
    "trial_events",
]
