"""What fail2ban's own package runs for its stock actions, as JSON: read where it is installed, nothing is copied.

Standard input: {"facts": {...}}. Output: the table of the test (configurations and the texts it expects), and for
those and for every file of action.d the shell commands it would run at each step.
"""

import ast
import glob
import importlib.util
import json
import logging
import os
import sys

logging.disable(logging.CRITICAL)
PACKAGE = os.path.dirname(importlib.util.find_spec("fail2ban").origin)
DIRECTORY = "/etc/fail2ban"

from fail2ban.client.actionreader import ActionReader  # noqa: E402
from fail2ban.helpers import extractOptions  # noqa: E402
from fail2ban.server import actions as server_actions  # noqa: E402
from fail2ban.server.action import CommandAction  # noqa: E402
from fail2ban.server.ipdns import DNSUtils  # noqa: E402
from fail2ban.server.ticket import BanTicket  # noqa: E402
from fail2ban.tests.dummyjail import DummyJail  # noqa: E402


def table():
    """The literal that its test assigns to testJailsActions."""
    with open(os.path.join(PACKAGE, "tests", "servertestcase.py"), encoding="utf-8") as file:
        tree = ast.parse(file.read())
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and function.name == "testCheckStockCommandActions":
            for node in ast.walk(function):
                if isinstance(node, ast.Assign) and node.targets[0].id == "testJailsActions":
                    return ast.literal_eval(node.value)
    raise RuntimeError("its test has no such table")


def make(jail, text):
    name, options = extractOptions(text)
    reader = ActionReader(name, jail, options, basedir=DIRECTORY)
    if not reader.read():
        raise RuntimeError("cannot read %s" % text)
    reader.getOptions({})
    dummy = type("NamedJail", (DummyJail,), {"name": jail, "__bool__": lambda self: True})()
    action = CommandAction(dummy, name)
    for command in reader.convert():
        if command[0] == "multi-set":
            for key, value in command[4]:
                setattr(action, key, value)
        elif command[0] == "set" and command[2] == "action":
            setattr(action, command[4], command[5])
    return dummy, action


def facts_of(jail, ip, facts):
    ticket = BanTicket(ip, facts["time"], matches=facts["matches"])
    ticket.setAttempt(facts["failures"])
    ticket.setBanTime(facts["bantime"])
    ticket.setBanCount(facts["bancount"])
    ticket.setData(user=facts["user"])
    return server_actions.Actions.ActionInfo(ticket, jail)


def steps(jail, text, facts):
    dummy, action = make(jail, text)
    dummy.actions.getBanTime = lambda: facts["bantime"]
    nobody = server_actions.Actions.ActionInfo(BanTicket("", facts["time"]), dummy)
    dummy.actions.actionInfo = nobody
    run = []
    action.executeCmd = lambda command, timeout=60: run.append(command) or True
    four, six = (facts_of(dummy, ip, facts) for ip in ("192.0.2.1", "2001:DB8::"))
    done = {}

    def step(name, work):
        del run[:]
        work()
        done[name] = list(run)

    step("start", action.start)
    step("ban4", lambda: action.ban(four))
    step("unban4", lambda: action.unban(four))
    step("ban6", lambda: action.ban(six))
    step("unban6", lambda: action.unban(six))
    step("check4", lambda: action._invariantCheck("inet4"))
    step("check6", lambda: action._invariantCheck("inet6"))
    step("flush", action.flush)
    step("stop", action.stop)
    return done


def main():
    facts = json.load(sys.stdin)["facts"]
    DNSUtils.ipToName = staticmethod(lambda ip: ip)
    golden = []
    for jail, text, tests in table():
        text = text.replace("%(__name__)s", jail)
        golden.append({"jail": jail, "text": text, "tests": tests, "steps": steps(jail, text, facts)})
    stock = []
    for path in sorted(glob.glob(os.path.join(DIRECTORY, "action.d", "*.conf"))):
        text = os.path.basename(path)[: -len(".conf")]
        if text.endswith("-common"):
            continue
        stock.append({"jail": "s-" + text, "text": text, "steps": steps("s-" + text, text, facts)})
    host = {"full": str(DNSUtils.getHostname(fqdn=True)), "short": str(DNSUtils.getHostname(fqdn=False))}
    json.dump({"golden": golden, "stock": stock, "host": host}, sys.stdout)


main()
