"""Rate limits: which buckets there are, how full each may get, and the headers that tell of it.

`buckets` names them, `contracts` says how much of each an account has bought, `windows` counts,
`headers` tells.
"""

from braze_sandbox.limits.buckets import Bucket
from braze_sandbox.limits.contracts import Account, Contract, limits_of
from braze_sandbox.limits.headers import limit_headers, refusal_headers
from braze_sandbox.limits.windows import RateLimit, Standing, Windows

__all__ = [
    "Account",
    "Bucket",
    "Contract",
    "RateLimit",
    "Standing",
    "Windows",
    "limit_headers",
    "limits_of",
    "refusal_headers",
]
