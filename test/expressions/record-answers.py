"""
Writes answers.jsonl: what Python's own re module answers for each expression on each text.

    python3 test/expressions/record-answers.py

One JSON line an expression: its text, "multiline" where re.MULTILINE is set, then either "error" (message, position) or
"groups", "names" and "found" (for each text the start and end of the match and of every group, in UTF-16 code units,
or null). Python 3.11.
"""
import json
import pathlib
import re
import warnings

ADDRESS = r"(?:\[?(?P<ip6>(?:[0-9a-f]{1,4}::?|:){1,7}(?:[0-9a-f]{1,4}|(?<=:):))\]?|(?P<ip4>(?:\d{1,3}\.){3}\d{1,3}))"

# Expression, texts.
CASES = [
    # Characters and escapes.
    (r"", "", "a"),
    (r"abc", "abc", "xxabcabc", "ab", "ABC"),
    (r"a.c", "abc", "a\nc", "a\rc", "a\u2028c", "ac", "a\U0001f600c"),
    (r"(?s)a.c", "a\nc", "abc"),
    (r"(?s:a.)c.", "a\ncd", "a\nc\n"),
    (r"\x41\u00e9\U0001f600\141\0\07", "A\u00e9\U0001f600a\0\x07", "A\u00e9\U0001f600a\0"),
    (r"\a\f\n\r\t\v", "\x07\f\n\r\t\v", "\x07\f\n\r\t"),
    (r"\.\*\/\-\ \_", ".*/- _", "..*/- _"),
    (r"\377", "\u00ff"),
    (r"\U0001F600+", "\U0001f600\U0001f600", "x\U0001f600", "\ud83d"),
    # Classes and sets.
    (r"\d+\D", "12a", "\u0663\u0967x", "1", "\u00b2"),
    (r"\w+\W", "a_1\u00e9 ", "\u0301", "a", "\U0001d7d9!"),
    (r"\s+\S", " \t\n\r\f\vx", "\u00a0\u0085\u2028\x1c\x1fx", "\ufeff", "\u3000y"),
    (r"(?a)\w+\s\d", "a\u00e9 1", "a 1", "a\u00a01", "a \u0663", "a\x1c1", "a\t1"),
    (r"(?a)\W\D\S", "\u00e9\u0663\u00a0", "a11", "-- "),
    (r"(?a:\w)(?u:\w)(?-i:.)", "a\u00e9-", "\u00e9\u00e9-"),
    (r"[abc]+", "xxcabz", "z"),
    (r"[^abc]+", "abxyz\nc", "abc", "\u00e9"),
    (r"[]a]+[^]a]", "]a]b", "]a]"),
    (r"[a-c1-3\d\s_-]+", "b2_ -9", "zz"),
    (r"[\D\]][\W][\S]", "a-b", "1-b", "]]]"),
    (r"[a\-z][\b\n\t\x41\u00e9\101\0]", "-\b", "a\n", "zA", "b\t", "a\u00e9", "a\0"),
    (r"[--a]", "-", "a", ",", "5"),
    (r"[ -~]+", "\x1fab~\x7f", "\u00e9"),
    (r"[\u0400-\u04ff\U0001f600-\U0001f64f]+", "ab\u0434\u0416\U0001f601", "\u00e9", "\U0001f650"),
    (r"[^\u00e9]x", "\u00e9x", "ax", "\u00e8x", "\u00e8x\u00e8x"),
    (r"(?i)[a-c]+[^d]", "aBCe", "abD", "d"),
    (r"[\x00-\x7f]$", "a", "\u00e9"),
    (r"[^\x00-\U0010ffff]|b", "a", "b"),
    (r"a*\Z", "aab", "aa\n"),
    ("(?:" + "|".join(f"a{i}b" for i in range(150)) + ")*c", "a3ba149bc", "a150bc"),
    # Case.
    (r"(?i)[\U00010428]\U00010428[^-]", "\U00010400\U00010428x", "xx"),
    (r"(?i)abc", "aBC", "ABD"),
    (r"(?i)\u00e9\u0130\u017f", "\u00c9\u0130\u017f", "\u00e9i s"),
    (r"(?i:a)b(?-i:C)", "AbC", "ABC", "Abc"),
    (r"(?i)a(?-i:b)c1-", "AbC1-", "ABC1-"),
    (r"(?im)^\xdf$", "\u00df", "a\n\u00df"),
    # Edges.
    (r"^a$", "a", "a\n", "a\n\n", "ba", "\na"),
    (r"(?m)^a$", "b\na\nb", "a\n", "ba\nca"),
    (r"\Aa\Z", "a", "a\n", "ba"),
    (r"$", "", "\n", "a\n", "a\nb"),
    (r"(?m)$", "", "a\nb"),
    (r"^", "", "a"),
    (r"(?m)^b", "a\nb", "ab"),
    (r"\bab\b", "ab", "-ab-", "xab", "abx", "\u00e9ab"),
    (r"(?a)\bab\b", "\u00e9ab\u00e9", "_ab"),
    (r"\B.\B", "abc", "a", "- -", ""),
    (r"\b", "", "-", "a"),
    (r"\B", "", "-", "ab", "\U0001f600\U0001f600"),
    (r"(?:\b)?a(?:^)?", "a", "-a"),
    (r"a$\n", "a\n", "a"),
    (r"(a$)(\n?)$", "a\n", "a"),
    (r"(.*)$", "ab\n", "ab\ncd"),
    (r"^(.*?)\s*$", "ab  \n", "  "),
    (r"(?:^|-)a(?:$|\n)", "a", "b-a\n", "ba"),
    # Choices.
    (r"a|ab|abc", "abc", "xab", "zzz"),
    (r"(?:abc|ab|a)c", "abcc", "abc", "ac"),
    (r"|a", "a", ""),
    (r"(a|b)|(c)", "c", "b", "d"),
    (r"(?:(?i:x)|y)z", "Xz", "Yz", "yz"),
    (r"(?:a|b\n|\d)$", "a", "b\n", "5\n"),
    # Repetitions.
    (r"a*", "aaab", "baa", ""),
    (r"a+?b??", "aab", "b"),
    (r"a{2}b{1,2}c{,2}d{1,}", "aabccd", "aabbdd", "abbd", "aabcccd"),
    (r"a{2}?b", "aab", "aaab"),
    (r"(?:ab){2,3}", "abababab", "ab"),
    (r"(?:ab){2,3}?x?", "ababab", "ababx"),
    (r"(?:ab)*?c", "ababc", "abab"),
    (r"(?:ab)+c", "xababc", "abab"),
    (r"(ab)+", "ababx", "b"),
    (r"(a|b)*c", "abac", "c"),
    (r"(?:(a)|b)*", "ab", "ba", "bb"),
    (r"(?:(a)|(b)){2}", "ab", "ba", "a"),
    (r"(a?)*b", "aab", "b"),
    (r"(a?)*?b", "aab", "b"),
    (r"(?:a?)+$", "aa", ""),
    (r"(?:a|b?)*c", "abbac", "c"),
    (r"(?:|a)*b", "aab", "b"),
    (r"(?:a*){2,4}b", "aab", "b"),
    (r"(?:(?:a|b)?x?)*y", "axbxy", "y"),
    (r"(?:^)*a", "a", "ba"),
    (r"(?:a|^)+b", "aab", "ab", "b"),
    (r"(?:ab){20}c", "ab" * 20 + "c", "ab" * 19 + "c"),
    (r"(?:[ab]{0,20}x){2}", "abxbx", "abx"),
    (r"(?:a{2,9}b{3}){5}", "aabbb" * 5, "aabbb" * 4),
    (r"(?:a{2,9}?b{3}){5}c", "aabbb" * 5 + "c", "aabbb" * 5),
    (r"(?:(?:\d{3,}-){6}x)*y", "123-" * 6 + "xy", "12-y"),
    (r"(?:\d{40}){2}", "7" * 80, "7" * 79),
    (r"(?:(\d{20})x){3}", ("7" * 20 + "x") * 3, "7"),
    (r"(?:a{9}b?){4,}", "a" * 36, "a" * 35),
    (r"(?:\w{9} ){4,}", "abcdefghi " * 5, "abc "),
    (r"x{3,1000}y", "xxxy", "xxy", "\u00e9" + "x" * 30 + "y"),
    (r"{a}b{,c}{1", "{a}b{,c}{1", "a"),
    (r"a{}b{ 1}", "a{}b{ 1}"),
    (r"a*+b", "aab", "aac"),
    (r"a++a", "aaa"),
    (r"(?:ab|a)?+b", "abb", "ab"),
    (r"(?>ab|a)c", "abc", "ac"),
    (r"(?>a|ab)c", "abc", "ac"),
    (r"(?>(a)|b)\1", "aa", "ba"),
    (r"(?>(?:a|b)*)b", "abab"),
    (r"x(?>(a)|(b))+(?:c|d)", "xabd", "xbac", "xabe"),
    # Long searches, in which forks are noted; short enough for Python's exponential time.
    (r"(?:a|b|ab)*c", "ab" * 12, "ab" * 12 + "c"),
    (r"(?:\w+\s?)*!", "word word word w", "word word word w!"),
    (r"(?:\w+?,?)*!", "word,word,word,w", "w,w!"),
    (r"(x?)(?:a|ab|b)*(?(1)c|d)", "x" + "ab" * 10 + "c", "ab" * 10 + "e"),
    (r"(a)?(?:b|c|bc)*(?(1)!|\?)", "bc" * 11, "a" + "bc" * 10, "a" + "bc" * 10 + "!"),
    (r"(?:(?=(?:a|b|ab)*c)a|b)*d", "ab" * 9, "abcd"),
    (r"(?:(?!(?:a|b|ab)*c)[ab])*d", "ab" * 9 + "d", "abc"),
    (r"(a*)(?:a|aa)*\1b", "a" * 12, "aaaab"),
    (r"(?:a{1,3}|b)*c", "aab" * 6, "aabc"),
    (r"(?:a?\d){0,40}z", "a1" * 30, "1" * 30 + "z"),
    (r"(?:\u00e9|\u00e9\u00e9|x)*y", "\u00e9" * 18, "\u00e9\u00e9xy"),
    (r"(?:a{1,2}b?|c)*(?:x*)*y", "aab" * 8, "axy"),
    (r"(?:(a)|b)*(?:c|d|cd)*(?(1)x|y)", "a" + "cd" * 12, "b" + "cd" * 9 + "y", "acdx"),
    (r"(?:(a)|b)*(?:(?:c|d|cd)*e|[cd])*(?(1)x|y)", "a" + "cd" * 5, "bcdey"),
    (r"(?:\w*\w*\w*)*!", "w" * 12, "www!"),
    (r"(?:a*a*b?)*c", "a" * 14, "aabac"),
    (r"(?:(?=(?:a|b|ab)*c)\w|-)*d", "abab-c" * 3, "abcd"),
    (r"(?:(?=(?:a|b|ab)*c)\w|-)*d", "ab" * 40 + "cd", "ab" * 40 + "c"),
    # Groups.
    (r"(a(b)?)(c)", "abc", "ac"),
    (r"(?P<one>a)(?P<two_2>b)?(?P=one)", "aba", "aa", "ab"),
    ("(?P<\u00fc>a)(?P=\u00fc)", "aa"),
    (r"(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)(k)\11\1", "abcdefghijkka", "abcdefghijka"),
    (r"(?:a)(b)(?#comment)c", "abc"),
    (r"(?#)a(?#b)*", "aaa", "b"),
    (r"((a)|b)+", "ab", "ba"),
    (r"()a", "a"),
    (r"(a|())b", "ab", "b"),
    # Back references.
    (r"(\w+) \1", "ab ab", "ab ac", "xab ab"),
    (r"(?i)(\w+) \1", "ab AB", "ab \u00e9b"),
    (r"(?i)(\u00e9) \1", "\u00e9 \u00c9", "\u00e9 e"),
    (r"(?i)(\U0001f600a) \1", "\U0001f600a \U0001f600A", "\U0001f600a xxA", "\U0001f600a x"),
    (r"(?:(a)|b)\1c", "aac", "bc", "bac"),
    (r"(a?)b\1", "aba", "b"),
    (r"(['\"])(.*?)\1", "x 'it' \"q\"", "'a\""),
    # Looks.
    (r"a(?=b)", "ab", "ac", "a"),
    (r"a(?!b)", "ab", "ac", "a"),
    (r"(?<=a)b", "ab", "cb", "b"),
    (r"(?<!a)b", "ab", "cb", "b"),
    (r"(?<=\U0001f600.)b", "\U0001f600xb", "xb", "b"),
    (r"(?<=a\u00e9|bc)d", "a\u00e9d", "bcd", "cd"),
    (r"(?<=(a)b)c\1", "abca", "abc"),
    (r"(?=(a+))\1b", "aab", "aac"),
    (r"(?!(a)x)a(b)", "ab", "ax"),
    (r"(?:(?=(a))ab|ac)", "ac", "ab"),
    (r"(?<=^a)b|(?<=\b)c|(?<=a{2})d|(?<=(?:x))e", "ab", "c", "aad", "xe", "xab"),
    (r"(?<=(?:ab|cd)x)y", "abxy", "cdxy", "xy"),
    (r"(a)(?<=(?(1)a|b))c", "ac", "bc"),
    (r"a(?=)b(?!)|c", "ab", "c"),
    (r"(?<=)a(?<!)b", "ab"),
    (r"(?:(?!ab).)*", "xxab", "ab", "xx\nab"),
    (r":(?<=:)x", ":x", "x"),
    (r"(?:a:|:)(?<=:)y", "a:y", ":y"),
    (r"(?:ab:?)(?<=:)y", "ab:y", "aby"),
    (r"(?:a:)+(?<=:):", "a:a::", "a:a"),
    (r"(:)(?<=:)z|(?>:)(?<=:)w", ":z", ":w"),
    (r"(?:)(?<=:)z", ":z", "z"),
    (r"(?i::)(?<=:)(?i:x)(?<=x)", ":x", ":X"),
    (r".(?<=:)[:;](?<=:)^(?<=:)", "::"),
    (r"(?:a|:)(?<=:)b", ":b", "ab"),
    # Conditions.
    (r"(a)?b(?(1)c|d)", "abc", "bd", "abd", "bc"),
    (r"(a)?b(?(1)c)", "abc", "b", "ab"),
    (r"(?P<q>\")?x(?(q)\")$", "\"x\"", "x", "\"x"),
    (r"(a)??b(?(1)c|d)", "abc", "bd"),
    (r"(a)?+b(?(1)c|d)", "abc", "bd"),
    (r"(?:(a)|(b)|c)-(?(1)x|(?(2)y|z))", "a-x", "b-y", "c-z", "a-y"),
    (r"((a)|b)(?(2)c|d)", "ac", "bd", "ad"),
    (r"((?(1)a|b))c", "bc"),
    (r"(a)?((?(1)b|c))(?(2)d|e)", "abd", "cd", "ce"),
    (r"(?(1)a|b)(x)?(?(1)c|d)", "bxc", "bd", "axc"),
    (r"(?:(a)|b)+(?(1)c|d)", "abc", "bd", "bbc"),
    (r"(?=(a))?.(?(1)b|c)", "ab", "xc"),
    (r"(?>(a)?)b(?(1)c|d)", "abc", "bd"),
    (r"((a)(b))?x(?(2)y|z)(?(3)1|2)", "abxy1", "xz2", "abxz2"),
    (r"((a)?b)?x(?(2)y|z)", "abxy", "bxz", "xz"),
    (r"((?:(a)?b))x(?(2)y|z)", "abxy", "bxz"),
    (r"(?:x(a)|y(b))(?(1)c|d)", "xac", "ybd"),
    (r"(a)?(b)?(c)?(d)?(e)?(?(1)1)(?(2)2)(?(3)3)(?(4)4)(?(5)5)$", "ace135", "bd24", "ac1"),
    (r"(?:(?(1)b)(a))*c", "abac", "aac"),
    (r"(a)(?(1)b|c)", "ab", "ac"),
    (r"(?:(a)?connection from|login by) \w+(?(1)!|;)", "aconnection from x!", "login by y;"),
    (r"(?=(a)?)(?:.)(?(1)b|c)", "ab", "xc", "ac"),
    (r"(a)?(?(1)b|c)(x)?(?(2)y|z)(w)?(?(3)u|v)(s)?(?(4)t|r)(q)?(?(5)p|o)", "abxywuqp", "czvro", "abxyvstqp"),
    # Flags.
    ("(?x) a b  # comment\n\t\\ c [ ] d", "ab c d", "a b"),
    (r"(?x: a )b (?-x: c)", "ab  c", "ab c"),
    (r"(?ims)^A.b$", "x\na\nB\n", "a\n\nb"),
    (r"(?u)\w", "\u00e9"),
    (r"(?i-s:a.)b", "Axb", "a\nb"),
    (r"(?s-i:a.)(?m:^b$)", "a\nb\nc", "axb"),
    (r"(?m-x:^a # b)", "x\na # b"),
    # As filters have them.
    (r"^Failed (?P<what>\S+) for (?:invalid user )?(?P<user>(?:(?! from ).)*?) from " + ADDRESS + r"(?: port \d+)?$",
     "Failed password for root from 192.0.2.1 port 22",
     "Failed password for invalid user a from b from 2001:db8::1",
     "Failed password for x from  from [2001:db8::]\n",
     "Failed password for x"),
    (r"(?:(?! from ).)*? from ", "a fro from x", "a from b", "  from  from "),
    (r"(?:(?!abca).)*?abca", "abcabca", "ababca", "abc"),
    (r"(?:(?!ab\U0001f600).)*ab\U0001f600", "xab\U0001f600", "xab"),
    (r"(?<=\U0001f600)", "a\U0001f600\U0001f600", "a"),
    (r"(?:(?!aba).)*aba", "ababa", "aabab"),
    (r"(?:(?!ab).)*ab", "aab", "b"),
    (r"(?:(?!aab).)*aab", "aaab", "b"),
    (r"^(?:(?!end now).)*$", "the end no", "the end now", "end now"),
    (r"^(?:(?!end now).)*!", "the end no!", "end now!"),
    (r"(?:(?!(?i:abc)).)*abc", "xABCabc", "abc"),
    (r"(?:(?!a\nb).)*a", "aa\nb"),
    (r"(?:(?!abc).)*+abc|(?:(?!abc).){2}", "xabc", "xx"),
    (r"(?:(?=abc).)*?abc|(?:(?!abc)[^x])*abc", "xabc"),
    (r"(?s:(?:(?!abc).)*)abc", "x\nabc"),
    (r"(?:(?<!abc).)*?abc", "xabc"),
    (r"(?:(?!abc)..)*?abc", "xxabc", "xabc"),
    (r"(?m)(?:(?!abc).)*$", "xabc\nx"),
    (r"^(?:(?P<a>x)|(?P<b>y))(?P<rest>[^:]*):(?P<more>.+)$", "xq:w", "y:\n", "z:1"),
    (r"^\s*(?:\[\d+\])?:?\s+(?:[\w-]+)?\b", " [12]: abc", "x"),
    (r"(?P<host>" + ADDRESS + r")\b", "from 203.0.113.7:22", "at 2001:db8::1 x", "::"),
    # Refused.
    (r"(a", ), (r"a)", ), (r"[a", ), (r"[a-", ), ("a\\", ), ("[\\", ), (r"\q", ), (r"[\q]", ), (r"\x4", ),
    (r"\u12", ), (r"\U00110000", ), (r"[\400]", ), (r"[\777]", ), (r"\477", ), (r"[b-a]", ), (r"[\d-a]", ), (r"[a-\d]", ),
    (r"*a", ), (r"+", ), (r"a**", ), (r"a{2}{3}", ), (r"^*", ), (r"\b+", ), (r"$?", ), (r"\Z*", ), (r"(?:*)", ), (r"a|*", ),
    (r"a{3,2}", ), (r"a{4294967295}", ), (r"a{1,4294967295}", ),
    (r"(?P<a>x)(?P<a>y)", ), (r"(?P<1>x)", ), (r"(?P<a", ), (r"(?P=a)", ), (r"(?P<a>(?P=a))", ), (r"(?P=", ),
    (r"\1", ), (r"(a)\2", ), (r"(a\1)", ), (r"(?(1)a)", ), (r"(?(0)a)", ), (r"(?(x)a)", ), (r"(a)(?(1)b|c|d)", ), (r"(?(2)a)(b)", ),
    (r"(?<=a+)", ), (r"(?<=a|bc)", ), (r"(?<=(a)\1)", ), (r"(?<!a{1,2})", ), (r"(?<=(a)?(?(1)b))c", ), (r"(?<=a*b)", ),
    (r"(?#", ), (r"(?z)", ), (r"(?", ), (r"(?<a>b)", ), (r"(?i-i:a)", ), (r"(?au:a)", ), (r"a(?i)", ), (r"(?-a:b)", ), (r"(?P>a)", ),
    (r"(?:a", ), (r"(?=a", ), (r"(?>a", ), (r"(?i:a", ), (r"(?P<a>b", ), (r"(?(1", ), (r"(a)(?(1)b", ),
]


def units(text, position):
    return position if position < 0 else len(text[:position].encode("utf-16-le", "surrogatepass")) // 2


def spans_of(match, text):
    if match is None:
        return None
    return [units(text, one) for group in range(match.re.groups + 1) for one in match.span(group)]


def answer(pattern, texts, multiline):
    asked = {"text": pattern, **({"multiline": True} if multiline else {})}
    try:
        expression = re.compile(pattern, re.MULTILINE if multiline else 0)
    except re.error as error:
        return {**asked, "error": [error.msg, error.pos]}
    except OverflowError as error:
        return {**asked, "error": [str(error), None]}
    found = [[text, spans_of(expression.search(text), text)] for text in texts]
    return {**asked, "groups": expression.groups, "names": expression.groupindex, "found": found}


def main():
    warnings.simplefilter("ignore")
    with open(pathlib.Path(__file__).with_name("answers.jsonl"), "w", encoding="ascii") as file:
        for pattern, *texts in CASES:
            for multiline in [False, True] if ("^" in pattern or "$" in pattern) else [False]:
                line = answer(pattern, texts, multiline)
                file.write(json.dumps(line, default=dict, separators=(",", ":")) + "\n")


main()
