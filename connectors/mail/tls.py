"""TLS as every mail connection of ours speaks it: the chain and the host name are checked, always."""

from __future__ import annotations

import ssl
from functools import lru_cache

from connectors.errors import Permanent


@lru_cache(maxsize=32)
def context(ca_file: str) -> ssl.SSLContext:
    """Trust the system's authorities, and those of `ca_file` if it is named. Permanent when it cannot be read."""
    made = ssl.create_default_context()
    if ca_file:
        try:
            made.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as problem:
            raise Permanent(f"The certificate file {ca_file} cannot be read.") from problem
    return made


def is_about_certificate(problem: BaseException) -> str:
    """Say what is wrong with a certificate, "" when the problem is another one."""
    if isinstance(problem, ssl.SSLCertVerificationError):
        return str(problem.verify_message or problem.reason or "it cannot be checked").rstrip(".")
    return ""
