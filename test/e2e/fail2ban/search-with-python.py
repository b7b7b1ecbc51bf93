"""Searches texts with Python's own re module: JSON in, a JSON line for each expression out."""
import json
import re
import sys


def compile_expression(asked):
    flags = re.MULTILINE if asked.get("multiline") else 0
    if not asked.get("tags"):
        return re.compile(asked["text"], flags)
    from fail2ban.server.failregex import Regex

    return re.compile(Regex(asked["text"], useDns="warn")._regex, flags)


def answer(asked, texts):
    try:
        expression = compile_expression(asked)
    except (re.error, OverflowError, RecursionError) as error:
        return {"error": str(error)}
    found = []
    for number, text in enumerate(texts):
        match = expression.search(text)
        if match:
            found.append([number, match.group(), list(match.groups()), match.groupdict()])
    return {"found": found}


request = json.load(sys.stdin)
for asked in request["expressions"]:
    texts = asked.get("texts", request.get("texts", []))
    print(json.dumps(answer(asked, texts)))
