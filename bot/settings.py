"""The settings, read from the environment, and the App's credentials from their file where it has none."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from bot.credentials_file import UnreadableCredentials, read_credentials
from bot.setting_values import (
    InvalidSetting,
    decimal,
    folders,
    is_loopback,
    key_text,
    number,
    one_of,
    require,
    server_address,
)
from codemods.workers.confine import forget_environment

GITHUB = "https://api.github.com"


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """Of a server that may have no App yet."""

    api_url: str = GITHUB
    public_url: str = ""
    """Where people reach the server; empty if that isn't known."""
    host: str = "0.0.0.0"  # a web process is to be reached; the operator knows what stands before it
    port: int = 8080
    database_url: str = field(default="", repr=False)
    database_connections: int = 8
    """Of one process, at most."""
    data_dir: Path = Path("data")
    web_concurrency: int = 1
    worker: Literal["auto", "in-process", "apart"] = "auto"
    """Who does the work of a web process on Postgres: itself, workers apart, or itself while no worker is there."""
    worker_concurrency: int = 4
    log_level: str = "INFO"
    log_format: Literal["text", "json"] = "json"
    run_commands: Literal["off", "bwrap"] = "off"
    dashboard: Literal["sign-in", "open"] = "sign-in"
    """Who sees the pages: whoever may read a repository on GitHub, or everybody on this machine."""
    command_paths: tuple[Path, ...] = ()
    """What a plan's commands can read besides the system, such as a Python with what the tests need."""
    sweep_minutes: float = 10.0
    write_pause: float = 1.0
    mirror_bytes: int = 20 * 2**30
    push_pause: float = 5.0
    """Seconds to wait for further pushes to the default branch before looking at one."""
    metrics_token: str = field(default="", repr=False)
    """What may read the metrics where the server can be reached from elsewhere; empty if nothing may."""
    metrics_port: int = 0
    """A port of the metrics' own, for each process; 0 if there is none."""
    sends_traces: bool = False
    """Whether the environment says where OpenTelemetry's traces go."""
    trace_headers: str = field(default="", repr=False)
    """What their receiver wants to be sent, such as a key."""
    worker_silence: float = 30.0
    """Seconds without a sign of life after which a worker's work is given to others."""

    keeps_disk: bool = True
    """Whether files outlive a restart, as far as the environment tells."""

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_lock(self) -> Path:
        """Held by the one process that works with an SQLite database."""
        return Path(self.database_url.removeprefix("sqlite:///") + ".lock")


@dataclass(frozen=True, kw_only=True)
class Settings(ServerSettings):
    app_id: str
    private_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    previous_private_key: str = field(default="", repr=False)
    """Used where GitHub refuses the other, while keys are being rotated; empty if there is none."""
    previous_webhook_secret: str = field(default="", repr=False)
    """Accepted as well, while secrets are being rotated; empty if none is."""
    client_id: str = ""
    """For people's sign-in, with its secret; empty if that is off."""
    client_secret: str = field(default="", repr=False)

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Those that a delivery may be signed with."""
        return tuple(filter(None, (self.webhook_secret, self.previous_webhook_secret)))


def read_settings(environ: Mapping[str, str], *, terminal: bool | None = None) -> Settings:
    """Raises `InvalidSetting`."""
    environ = _with_credentials(environ)
    return with_app(read_server_settings(environ, terminal=terminal), environ)


def _with_credentials(environ: Mapping[str, str]) -> Mapping[str, str]:
    """The environment, and where it names no App, the App's file."""
    if _names_an_app(environ):
        return environ
    kept = _kept_credentials(environ)
    return {**kept, **{name: value for name, value in environ.items() if value.strip()}}


def invalid_settings(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Every setting that is missing or wrong, each in one line."""
    try:
        effective = _with_credentials(environ)
    except InvalidSetting as error:
        return (str(error),)
    return (*_invalid_server_settings(effective), *_invalid_app_settings(effective))


def _invalid_server_settings(environ: Mapping[str, str]) -> Iterator[str]:
    """One after another: read again without those that were wrong."""
    rest = dict(environ)
    while True:
        try:
            read_server_settings(rest)
        except InvalidSetting as error:
            yield str(error)
            if rest.pop(error.setting, None) is None:
                return
        else:
            return


def _invalid_app_settings(environ: Mapping[str, str]) -> Iterator[str]:
    readers: tuple[Callable[[Mapping[str, str]], str], ...] = (
        _app_id,
        _private_key,
        _secret,
        _previous_private_key,
    )
    for read in readers:
        try:
            read(environ)
        except InvalidSetting as error:
            yield str(error)


def with_app(server: ServerSettings, environ: Mapping[str, str]) -> Settings:
    """The server's settings and those of the App that `environ` names. Raises `InvalidSetting`."""
    urls = {
        "api_url": _api_url(environ.get("GITHUB_API_URL") or server.api_url),
        "public_url": _public_url(environ.get("PUBLIC_URL") or server.public_url),
    }
    return Settings(
        **{**vars(server), **urls},
        app_id=_app_id(environ),
        private_key=_private_key(environ),
        webhook_secret=_secret(environ),
        previous_private_key=_previous_private_key(environ),
        previous_webhook_secret=environ.get("GITHUB_WEBHOOK_SECRET_PREVIOUS", "").strip(),
        client_id=environ.get("GITHUB_CLIENT_ID", "").strip(),
        client_secret=environ.get("GITHUB_CLIENT_SECRET", "").strip(),
    )


def read_server_settings(environ: Mapping[str, str], *, terminal: bool | None = None) -> ServerSettings:
    """Those that a server needs before it has an App. Raises `InvalidSetting`."""
    data_dir = _data_dir(environ)
    on_terminal = sys.stderr.isatty() if terminal is None else terminal
    host = environ.get("HOST") or Settings.host
    return ServerSettings(
        api_url=_api_url(environ.get("GITHUB_API_URL") or GITHUB),
        public_url=_public_url(environ.get("PUBLIC_URL") or ""),
        host=host,
        port=number(environ, "PORT", Settings.port, 0, 65535),
        database_url=_database_url(environ.get("DATABASE_URL") or "", data_dir),
        database_connections=number(environ, "DATABASE_CONNECTIONS", Settings.database_connections, 3, 200),
        data_dir=data_dir,
        web_concurrency=number(environ, "WEB_CONCURRENCY", Settings.web_concurrency, 1, 64),
        worker=_worker(environ),
        worker_concurrency=number(environ, "WORKER_CONCURRENCY", Settings.worker_concurrency, 1, 64),
        log_level=one_of(environ, "LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO", str.upper),
        log_format=one_of(environ, "LOG_FORMAT", ("text", "json"), "text" if on_terminal else "json"),
        run_commands=one_of(environ, "RUN_COMMANDS", ("off", "bwrap"), "off"),
        command_paths=folders(environ, "RUN_COMMANDS_PATHS"),
        dashboard=_dashboard(environ, host),
        sweep_minutes=decimal(environ, "SWEEP_MINUTES", Settings.sweep_minutes, 0.01, 1440),
        write_pause=decimal(environ, "WRITE_PAUSE", Settings.write_pause, 0, 60),
        push_pause=decimal(environ, "PUSH_PAUSE", Settings.push_pause, 0, 600),
        worker_silence=decimal(environ, "WORKER_SILENCE", Settings.worker_silence, 1, 3600),
        metrics_token=environ.get("METRICS_TOKEN", "").strip(),
        metrics_port=number(environ, "METRICS_PORT", 0, 0, 65535),
        sends_traces=_sends_traces(environ),
        trace_headers=_trace_headers(environ),
        mirror_bytes=number(environ, "MIRROR_BYTES", Settings.mirror_bytes, 2**20, 2**50),
        keeps_disk=not any(environ.get(name) for name in _WIPED_AT_RESTART),
    )


_WIPED_AT_RESTART = ("DYNO", "K_SERVICE")
"""What Heroku and Cloud Run set: their disks last as long as the process."""


SECRETS = (
    *("GITHUB_PRIVATE_KEY", "GITHUB_PRIVATE_KEY_FILE", "GITHUB_WEBHOOK_SECRET", "GITHUB_CLIENT_SECRET"),
    *("GITHUB_PRIVATE_KEY_PREVIOUS", "GITHUB_PRIVATE_KEY_PREVIOUS_FILE", "GITHUB_WEBHOOK_SECRET_PREVIOUS"),
    *("DATABASE_URL", "METRICS_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"),
)


def forget_secrets() -> None:
    """What has been read is in `Settings`; no process that is started from now on inherits it."""
    forget_environment(SECRETS)


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where the command line caches what it has read."""
    if environ.get("DATA_DIR"):
        return Path(environ["DATA_DIR"]).absolute()
    caches = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(caches).expanduser().absolute() / "drover"


def has_credentials(environ: Mapping[str, str]) -> bool:
    """Whether there is an App, in the environment or in its file. Raises `InvalidSetting`."""
    return _names_an_app(environ) or bool(_kept_credentials(environ))


def _names_an_app(environ: Mapping[str, str]) -> bool:
    names = ("GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_PRIVATE_KEY_FILE", "GITHUB_WEBHOOK_SECRET")
    return any(environ.get(name, "").strip() for name in names)


def _kept_credentials(environ: Mapping[str, str]) -> dict[str, str]:
    try:
        return read_credentials(_data_dir(environ))
    except UnreadableCredentials as error:
        raise InvalidSetting(str(error)) from None


def _data_dir(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DATA_DIR") or "data").absolute()


def _app_id(environ: Mapping[str, str]) -> str:
    what = "the App's id; without an App, `drover serve` creates one at /setup"
    value = require(environ, "GITHUB_APP_ID", what)
    if not re.fullmatch(r"[0-9]+|Iv[0-9A-Za-z.]+", value):
        raise InvalidSetting("GITHUB_APP_ID is not an App's id (digits) or client id (Iv…)")
    return value


def _secret(environ: Mapping[str, str]) -> str:
    return require(
        environ,
        "GITHUB_WEBHOOK_SECRET",
        "the secret that GitHub signs deliveries with. Without it, anybody could send them",
    )


def _previous_private_key(environ: Mapping[str, str]) -> str:
    return key_text(environ, "GITHUB_PRIVATE_KEY_PREVIOUS")


def _private_key(environ: Mapping[str, str]) -> str:
    found = key_text(environ, "GITHUB_PRIVATE_KEY")
    if not found:
        raise InvalidSetting(
            "GITHUB_PRIVATE_KEY is not set: the App's private key (PEM), "
            "or the path of its file in GITHUB_PRIVATE_KEY_FILE"
        )
    return found


def _api_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise InvalidSetting("GITHUB_API_URL is not an address such as https://github.example.com/api/v3")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise InvalidSetting("GITHUB_API_URL must be https: over http, others could read the tokens")
    return value.rstrip("/")


def _dashboard(environ: Mapping[str, str], host: str) -> Literal["sign-in", "open"]:
    chosen: Literal["sign-in", "open"] = one_of(environ, "DASHBOARD", ("sign-in", "open"), "sign-in")
    if chosen == "open" and not is_loopback(host):
        raise InvalidSetting(
            "DASHBOARD=open shows every migration to whoever asks: set HOST to 127.0.0.1 as well"
        )
    return chosen


def _worker(environ: Mapping[str, str]) -> Literal["auto", "in-process", "apart"]:
    chosen: Literal["auto", "in-process", "apart"] = one_of(
        environ, "WORKER", ("auto", "in-process", "apart"), "auto"
    )
    if chosen == "apart" and not environ.get("DATABASE_URL", "").startswith("postgres"):
        raise InvalidSetting(
            "WORKER=apart needs a Postgres database in DATABASE_URL: SQLite is one process's own"
        )
    return chosen


def _sends_traces(environ: Mapping[str, str]) -> bool:
    """As OpenTelemetry's own variables say; without an address, nothing is sent."""
    if environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return False
    if "otlp" not in (environ.get("OTEL_TRACES_EXPORTER") or "otlp").split(","):
        return False
    addresses = (
        environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"),
        environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
    )
    return any(addresses)


def _trace_headers(environ: Mapping[str, str]) -> str:
    special = environ.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
    return special or environ.get("OTEL_EXPORTER_OTLP_HEADERS") or ""


def _public_url(value: str) -> str:
    if not value:
        return ""
    try:
        return server_address(value)
    except ValueError:
        raise InvalidSetting("PUBLIC_URL is not an address such as https://drover.example.com") from None


def _database_url(value: str, data_dir: Path) -> str:
    if not value:
        return f"sqlite:///{data_dir / 'drover.db'}"
    value = re.sub(r"^postgres://", "postgresql://", value)
    scheme = value.split(":", 1)[0]
    if scheme in ("postgresql", "postgresql+psycopg"):
        _check_server_part(value)
        return re.sub(r"^postgresql://", "postgresql+psycopg://", value)
    if scheme == "sqlite" and value.startswith("sqlite:///") and len(value) > len("sqlite:///"):
        return value
    raise InvalidSetting(
        "DATABASE_URL is not an address such as postgres://user@host/name or sqlite:///file.db"
    )


def _check_server_part(url: str) -> None:
    """What Postgres would take for its host is said in errors: a part of a password must not be there."""
    rest = url.partition("://")[2]
    server = (rest.partition("@")[2] if "@" in rest else rest).partition("?")[0]
    if not re.fullmatch(r"(?:\[[0-9a-fA-F:.]+\]|[^@:/\[\]]*)(?::\d{1,5})?(?:/[^@]*)?", server):
        raise InvalidSetting(
            "DATABASE_URL has no plain host and port behind its @. In a password, write @ as %40 and / as %2F"
        )
