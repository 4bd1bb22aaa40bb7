"""Segments: who is in one, and the files that an export of one becomes.

In: segments as somebody made them at `/_sandbox/segments`, and the lines of an export. Out: who
is a member, and files in a folder that stands for a bucket, or one file behind an address.
"""

from braze_sandbox.segments.exports import Exports, Job
from braze_sandbox.segments.segments import Segment, Segments

__all__ = ["Exports", "Job", "Segment", "Segments"]
