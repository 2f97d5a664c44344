"""Headers of every response: nothing from other hosts, no scripts, no frames, nothing kept in caches."""

from starlette.datastructures import MutableHeaders

from triage.settings import get_settings

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000"}


def secure(headers: MutableHeaders) -> None:
    """Put the security headers on a response, over whatever it had."""
    headers.update(SECURITY)
    if get_settings().console_secure_cookies:
        headers.update(HTTPS_ONLY)
