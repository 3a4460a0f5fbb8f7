"""`opvalidate config show`: the effective settings of a file, and the origin of each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from opvalidate.cli.console import FAILED, OK
from opvalidate.cli.parser import OperationChoices, add_config_options, add_rule_options
from opvalidate.cli.settings import CommandSettings, Unusable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from opvalidate.config.effective import ConfiguredSettings

_DEFAULTS = {"operation": "auto", "fail-on": "error", "strict": False}


class _Line(NamedTuple):
    key: str
    value: Any
    origin: str


def add_arguments(config: argparse.ArgumentParser) -> None:
    actions = config.add_subparsers(required=True, metavar="ACTION", prog="opvalidate config")
    show = actions.add_parser("show", help="the effective settings, and the origin of each")
    show.add_argument("file", nargs="?", metavar="FILE", help="a file to be checked (default: this folder)")
    show.add_argument("--operation", choices=OperationChoices("auto"), metavar="OPERATION")
    show.add_argument("--fail-on", choices=("error", "warning", "info", "never"))
    show.add_argument("--format", default="text", choices=("text", "json"))
    add_rule_options(show)
    add_config_options(show)


def run(options: argparse.Namespace) -> int:
    """Print the effective settings of a file, or of files in this folder."""
    from opvalidate.output import dumps

    command_settings = CommandSettings(options)
    try:
        path = command_settings.configuration(options.file)
        configured = command_settings.configured(path) if path else None
        if command_settings.of(options.file) is None:
            return FAILED
    except Unusable:
        return FAILED
    lines = list(_lines(options, configured))
    if options.format == "json":
        settings = [line._asdict() for line in lines]
        excluded = bool(configured and options.file and configured.excludes(options.file))
        sys.stdout.write(
            dumps({"configuration": path, "excluded": excluded, "settings": settings}, indent=True)
        )
        return OK
    from opvalidate.config.read import shown

    print(f"# {shown(path) if path else 'no configuration file'}")
    if configured and options.file and configured.excludes(options.file):
        print(f"# {options.file} is excluded")
    written = [(f"{line.key} = {_toml(line.value)}", line.origin) for line in lines]
    width = min(max(len(text) for text, _ in written), 60)
    for text, origin in written:
        print(f"{text:{width}}  # {origin}")
    return OK


def _lines(options: argparse.Namespace, configured: ConfiguredSettings | None) -> Iterator[_Line]:
    settings = configured.configuration.settings if configured else {}
    given = {"operation": options.operation, "fail-on": options.fail_on}
    for key, default in _DEFAULTS.items():
        if given.get(key):
            yield _Line(key, given[key], "command line")
        elif key in settings:
            yield _Line(key, settings[key].value, str(settings[key].origin))
        else:
            yield _Line(key, default, "default")
    if options.select:
        yield _Line("select", options.select, "command line")
    for key, (value, origin) in settings.items():
        if key not in _DEFAULTS and not (key == "select" and options.select):
            yield _Line(_quoted(key), _names(value), str(origin))
    if options.ignore:
        yield _Line("ignore", options.ignore, "command line")
    for path in options.rules:
        yield _Line("rules", [path], "command line")
    if configured is None:
        return
    from opvalidate.config.read import shown

    configuration = configured.configuration
    for pack in configuration.rules:
        yield _Line("rules", [shown(pack.name)], str(pack.origin))
    for setting in configuration.exclude:
        yield _Line("exclude", [setting.value.pattern], str(setting.origin))
    for setting in configuration.include:
        yield _Line("include", [setting.value.pattern], str(setting.origin))
    for one in configuration.per_file_ignores:
        if options.file is None or one.glob.matches(options.file):
            yield _Line(f'per-file-ignores."{one.glob.pattern}"', _names(one.rules), str(one.origin))
    for entry in configuration.suppress:
        if options.file is None or entry.glob is None or entry.glob.matches(options.file):
            fields: dict[str, Any] = {"rule": _names(entry.rules), "reason": entry.reason}
            fields |= {"file": entry.glob.pattern} if entry.glob else {}
            for name in ("pointer", "opportunity", "expires"):
                fields |= {name: getattr(entry, name)} if getattr(entry, name) is not None else {}
            yield _Line("suppress", fields, str(entry.origin))


def _names(value: Any) -> Any:
    """Return a list of names without their origins; any other value unchanged."""
    return [one.name for one in value] if isinstance(value, tuple) else value


def _quoted(key: str) -> str:
    """Return a key as TOML; ids and names of rules need no quotes, other keys may."""
    table, _, name = key.partition(".")
    bare = name.replace("-", "").replace("_", "")
    return key if not bare or (bare.isascii() and bare.isalnum()) else f"{table}.{_toml(name)}"


def _toml(value: Any) -> str:
    """Write a value as TOML has it."""
    from opvalidate.output import dumps

    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return dumps(value).strip()
