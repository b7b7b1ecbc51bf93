"""Runs one action of fail2ban's Python kind in a separate process.

One line of JSON per question on standard input, one per answer on standard output. The first question loads the file
named on the command line and makes its class Action; every later one calls a method. Where fail2ban's own package is
not installed, the few names such files import from it are provided here.
"""

import importlib.util
import json
import logging
import os
import sys
import types


class Mapping(dict):
    """A mapping whose callable values are called when they are asked for."""

    def __getitem__(self, key):
        value = dict.__getitem__(self, key)
        if not callable(value):
            return value
        code = getattr(value, "__code__", None)
        return value(self) if code is not None and code.co_argcount else value()

    def get(self, key, default=None):
        return self[key] if key in self else default

    def copy(self):
        return Mapping(self)


class Base:
    """What an action inherits if the original is missing."""

    def __init__(self, jail, name):
        self._jail = jail
        self._name = name
        self._logSys = logging.getLogger("fail2ban." + type(self).__name__)

    def start(self):
        pass

    def stop(self):
        pass

    def ban(self, aInfo):
        pass

    def reban(self, aInfo):
        return self.ban(aInfo)

    def unban(self, aInfo):
        pass

    @property
    def _prolongable(self):
        return False


def stand_in():
    """Modules under the names that actions import, unless the real ones can be imported."""
    try:
        import fail2ban.server.actions  # noqa: F401
        return
    except Exception:  # whatever is wrong with it, it cannot be used
        pass
    for name in [one for one in sys.modules if one == "fail2ban" or one.startswith("fail2ban.")]:
        del sys.modules[name]
    made = {}
    for name in ("fail2ban", "fail2ban.helpers", "fail2ban.server", "fail2ban.server.action",
                 "fail2ban.server.actions", "fail2ban.version"):
        made[name] = types.ModuleType(name)
        made[name].__path__ = []
        sys.modules[name] = made[name]
        parent, _, last = name.rpartition(".")
        if parent:
            setattr(made[parent], last, made[name])
    made["fail2ban.helpers"].getLogger = logging.getLogger
    made["fail2ban.version"].version = "1.1.1"
    for name in ("fail2ban.server.action", "fail2ban.server.actions"):
        made[name].ActionBase = Base
        made[name].CommandAction = Base
        made[name].CallingMap = Mapping


class Jail:
    """As much of a jail as an action may ask for."""

    class Actions:
        def __init__(self, bantime):
            self._bantime = bantime

        def getBanTime(self):
            return self._bantime

    def __init__(self, name, bantime):
        self.name = name
        self.database = None
        self.actions = Jail.Actions(bantime)

    def __str__(self):
        return "Jail(%r)" % self.name

    __repr__ = __str__


def load(path, question):
    name = os.path.splitext(os.path.basename(path))[0]
    spec = importlib.util.spec_from_file_location("action_" + name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "Action"):
        raise RuntimeError("it has no class Action")
    jail = Jail(question["jail"], question["bantime"])
    return module.Action(jail, question["name"], **question["options"])


def facts_of(question):
    facts = Mapping(question["facts"])
    captured = facts.get("F-*") or {}
    facts["F-*"] = lambda: captured
    return facts


def describe(action):
    return {
        "norestored": bool(getattr(action, "norestored", False)),
        "flush": callable(getattr(action, "flush", None)),
        "reload": callable(getattr(action, "reload", None)),
        "prolong": bool(getattr(action, "_prolongable", False))
        and callable(getattr(action, "prolong", None)),
    }


def answer(state, question):
    call = question["call"]
    if call == "load":
        stand_in()
        state["action"] = load(state["path"], question)
        return describe(state["action"])
    action = state["action"]
    if "facts" in question:
        getattr(action, call)(facts_of(question))
    else:
        getattr(action, call)()
    return describe(action)


def main():
    # What an action prints must not be taken for an answer.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    state = {"path": sys.argv[1]}
    for line in sys.stdin:
        try:
            reply = {"ok": True, "is": answer(state, json.loads(line))}
        except Exception as error:  # an action may raise anything
            reply = {"ok": False, "error": "%s: %s" % (type(error).__name__, error)}
        except SystemExit as error:
            reply = {"ok": False, "error": "it wants to exit: %s" % error}
        replies.write(json.dumps(reply)[:60000] + "\n")
        replies.flush()


main()
