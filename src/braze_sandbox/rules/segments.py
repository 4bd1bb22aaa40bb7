"""Segments and their exports."""

from braze_sandbox.rules.rule import Basis, Rule, Verdict

_REQUEST = Verdict.REQUEST_REFUSED
_DOC = Basis.DOCUMENTED
_OPEN = Basis.OPEN


class SegmentRule(Rule):
    """Segments and their exports."""

    SEGMENT_UNKNOWN = (
        *(_REQUEST, _OPEN, "segment_id is of no segment"),
        "'segment_id' must be the id of a segment",
    )
    SEGMENT_EXPORT_RUNNING = (
        *(_REQUEST, _DOC, "an export of a segment while another one of it is not done"),
        "An export of this segment is already running",
    )
    TOO_MANY_SEGMENT_EXPORTS = (
        *(_REQUEST, _DOC, "more than 100 exports of segments at once"),
        "The max number of concurrent segment exports was exceeded",
    )
    EXPORT_ATTRIBUTES_INVALID = (
        *(_REQUEST, _DOC, "custom_attributes_to_export is not a list of at most 500 names"),
        "'custom_attributes_to_export' must be an array of at most 500 strings",
    )
    EXPORT_FORMAT_INVALID = (
        *(_REQUEST, _OPEN, "output_format is neither zip nor gzip"),
        "'output_format' must be 'zip' or 'gzip'",
    )
    EXPORT_CALLBACK_INVALID = (
        *(_REQUEST, _OPEN, "callback_endpoint is no address of http or https"),
        "'callback_endpoint' must be a valid URL",
    )
