"""The part of a question that says what is wanted, without how it is asked.

"Hi, do you have any good tents for my family please?" is "tents for my family". Only
for English: in other languages PostgreSQL's stop words do what they can.
"""

from __future__ import annotations

import re

_PERSON = r"(?:i|we|you|u|he|she|they|someone|anyone)"
_ASKED = "|".join(
    (
        r"(?:hi|hello|hey|good (?:morning|afternoon|evening|day))(?: there| all)?",
        r"(?:please|pls|plz|thanks|thank you|thx|cheers)(?: so much| a lot| in advance)?",
        r"(?:could|can|would|will|may|might) (?:you|i|we|u)(?: please)?(?: help me)?",
        (
            r"do (?:you|u|they|we)(?: guys| all| folks)?(?: still| also| actually)? "
            r"(?:have|sell|carry|stock|offer|got|keep|make|know)"
        ),
        r"(?:have|has) (?:you|u) got",
        r"(?:got|is there|are there|there is|there are) (?:any|some|a|an)",
        (
            rf"{_PERSON}(?:'m| am|'re| are|'s| is)? ?(?:currently |just |really |also )?"
            r"(?:looking|searching|shopping|hunting|browsing)(?: around)? (?:for|to buy|to get)"
        ),
        r"(?:looking|searching|shopping|hunting) for",
        (
            rf"(?:what|which|that|where|how|when)? ?{_PERSON}(?:'d| would| do| really)? "
            r"?(?:need|want|like|love|require|prefer|wish|try|plan|hope|intend)s?"
            r"(?: to (?:buy|get|find|purchase|order|see|have|know))?"
        ),
        (
            r"(?:help|show|find|get|give|tell|send|sell|recommend|suggest)(?: to)? (?:me|us)"
            r"(?: about| to)?(?: find| choose| pick| buy)?"
        ),
        (
            r"(?:what|which|where|how)(?:'s| is| are| do| does| can| could| would| about| "
            r"much| many)*(?: is| are| do| does| cost| costs)?(?: the| your| a| an)?"
        ),
        r"(?:recommend|recommendations?|suggest|suggestions?|advice)(?: for| on| of)?",
        r"(?:want|need)(?: to)? (?:buy|get|find|purchase|order|see)",
        r"(?:buy|purchase|shop for|search for)",
        r"(?:any|some) (?:good|nice|great|decent|recommended)",
        (
            r"(?:anything|something|everything|things?|stuff|products?|items?|options?|"
            r"choices?)(?: that| which| like| similar to| suitable for| good for)?"
        ),
        (
            r"(?:the |a |your |some )?(?:best|good|great|nice|decent|cheap|affordable|"
            r"suitable)"
        ),
        r"(?:kind|type|sort)s? of",
        r"(?:how much|what) (?:is|are|does|do|for)",
        r"(?:the )?(?:price|cost)s? (?:of|for)",
        r"(?:is|are|was|were|does|do|did|has|have)",
        r"(?:available|for sale|right now|at the moment|in your (?:shop|store)|from you)",
        r"(?:all|any|some)(?: of)?(?: your| the)?",
        # Where it will stand says little about what it is.
        r"for (?:me|us|myself|(?:my|our) (?:home|house|place|flat|apartment|own use))",
    )
)
_PHRASE = re.compile(rf"(?<![\w'-])(?:{_ASKED})(?![\w'-])", re.IGNORECASE)
_EDGE = re.compile(
    r"^(?:[\s,.;:!?-]|(?:a|an|the|and|or|for|to|of|me|us|my|your|so|that|it|in|with|"
    r"please)\s)+|[\s,.;:!?]+$",
    re.IGNORECASE,
)


def wanted(question: str, language: str) -> str:
    """Return what is asked for; "" where that is nothing in particular."""
    text = " ".join(question.replace("’", "'").split())
    if language and not language.lower().startswith("en"):
        return text
    return _EDGE.sub("", " ".join(_PHRASE.sub(" ", text).split()))
