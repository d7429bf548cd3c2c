"""What a question wants, told from its wording. English; pure functions.

Each rule reads the question folded: lower case, plain apostrophes, one line.
"""

from __future__ import annotations

import re
from functools import cache

_BLANKS = re.compile(r"\s+")


def normal(text: str) -> str:
    """Return `text` as the rules read it."""
    text = text.casefold().replace("’", "'").replace("‘", "'")
    return _BLANKS.sub(" ", text).strip()


@cache
def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _has(text: str, pattern: str) -> bool:
    return bool(_rule(pattern).search(text))


_HELLO = (
    r"(?:hi+|hello|hey+|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|"
    r"hallo|moin|bonjour|hola|ciao)(?: (?:there|all|everyone|team|again))?"
)
GREETING = rf"^{_HELLO}\W*(?:how are you(?: (?:today|doing))?)?\W*$"
OPENING = rf"^{_HELLO}\b[\s,.!;:-]*"
THANKS = (
    r"^(?:\W*(?:ok|okay|great|perfect|super|cool|nice|good|wonderful|awesome|lovely|"
    r"brilliant|alright|all right|got it|that helps?|that's (?:all|great|perfect))\W+)*"
    r"(?:many |much )?(?:thanks|thank you|thankyou|thx|ty|cheers|danke|merci|gracias)"
    r"(?: (?:a lot|so much|very much|again|you|for (?:your|the) help|for that))*\W*$"
)
PRAISE = (
    r"^\W*(?:ok|okay|great|perfect|super|cool|nice|good|wonderful|awesome|lovely|"
    r"brilliant|alright|all right|got it|i see|that's (?:all|great|perfect))\W*$"
)
GOODBYE = r"^\W*(?:good ?bye|bye(?: bye)?|see you|so long|have a (?:nice|good) day)\W*$"
ABILITIES = (
    r"\bwhat can you do\b|\bwhat can i ask\b|^help(?: me)?\W*$|\bhow can you help|"
    r"\bwho are you\b|\bwhat are you\b|\bare you (?:a |an )?(?:real|human|person|ro?bot|"
    r"bot|ai|machine|chatbot)"
)
PERSON = (
    r"\b(?:talk|speak|chat|write|connect me|get through) (?:to|with) "
    r"(?:a |an |the |some|your |you guys|customer)?(?:real |live )?"
    r"(?:human|person|someone|somebody|body|one|agent|representative|rep|staff|team|"
    r"people|manager|service|support)\b|"
    r"\b(?:contact|reach|call|phone|e-?mail|write to) (?:you\b|the shop|the store|"
    r"support|customer|someone)|"
    r"\b(?:customer (?:service|support|care)|contact (?:details|info|form|number|us)|"
    r"(?:tele)?phone number|your (?:tele)?phone|your e-?mail|a complaint|complain)\b|"
    r"^\W*(?:contact|human|agent|support)\W*$"
)
_MINE = r"(?:my|our|the|an?|this|that)"
_PARCEL = r"(?:orders?|package|parcel|delivery|shipment|purchase|stuff|item)"
ORDER = (
    rf"\bmy (?:last |latest |recent |first |second )?{_PARCEL}\b|"
    r"\border (?:status|number|no\b|nr\b|id\b|#)|\bstatus of .{0,20}\border\b|"
    rf"\b(?:track|trace)(?:ing)? {_MINE} |\btrack(?:ing)?(?: number| info\w*)?\W*$|"
    rf"\bwhere(?:'s| is| are) (?:my|our|the order|the package|the parcel)\b|"
    r"\b(?:have|had|did|i've|i) (?:already |just )?(?:i )?(?:order|bought|purchase)(?:ed)?\b"
    r".*\b(?:arriv|ship|come|when|where|status|yet)|"
    r"\border #?[\w-]*\d|\border status\b"
)
# Orders that are still to be placed are no order of anybody's.
NO_ORDER = (
    r"\b(?:how (?:do|can|to) (?:i |we )?(?:place|order)|can i order|want to order|"
    r"like to order|place an order|order online|minimum order|orders? (?:over|above))\b"
)
COMPARE = (
    r"\bcompar(?:e|ed|ing|ison)\b|\bdifferen(?:ce|ces|t)\b.*\b(?:between|from|them|two)\b|"
    r"\bdifferences?\W*$|\bdiffer\b|\bversus\b|\bvs\b|"
    r"\b(?:is|are) (?:the|it|this|that|they)\b.*\b(?:cheaper|more expensive|lighter|"
    r"heavier|warmer|bigger|larger|smaller|longer|brighter|stronger|better)\b|"
    r"\bwhich (?:one |of (?:them|these|those|the two) |of the )?(?:is|are|'s) "
    r"(?:the )?(?:better|best|lighter|lightest|warmer|warmest|bigger|biggest|larger|"
    r"smaller|heavier|longer|brighter|stronger)\b|"
    r"\bbetter\b.*\bor\b"
)
CHEAPEST = (
    r"\bcheap(?:est|er)\b|\b(?:least|less) expensive\b|\blow(?:est|er)[ -]priced?\b|"
    r"\bmost affordable\b|\blowest cost\b"
)
DEAREST = (
    r"\bmost expensive\b|\bmore expensive\b|\bpric(?:iest|ier)\b|\bdear(?:est|er)\b|"
    r"\bhighest price\b"
)
PRICE = (
    # Not "how much water does it hold?".
    r"\bhow much(?=\W*$|\W* (?:is|are|was|do|does|did|will|would|can|could|to|for|money|"
    r"the|a|an|it|this|that|these|those|i)\b)(?!.*\bweigh\b)|"
    r"\bpric(?:e|es|ed|ing)\b|\bcosts?\b|\bon sale\b|\bdiscount(?:ed)?\b|\breduced\b|"
    r"\bhow expensive\b"
)
STOCK = (
    r"\bin[ -]stock\b|\bout of stock\b|\bstock(?:ed)?\b|\bavailab\w+|\bsold out\b|"
    r"\bhow many (?:are|do you have|have you got)(?: left)?\b|"
    r"\b(?:do|have) you (?:still |got )?(?:have )?(?:it|this|that|them|those|these)\b"
    r"(?! in\b)|\b(?:can|could) i (?:still )?(?:get|buy) (?:it|this|that|them|one)\b"
)
ABOUT = (
    r"\btell me (?:a bit |something |more )*(?:about)?|\bwhat(?:'s| is| are)\b|"
    r"\bdescri(?:be|ption)\b|\b(?:more )?(?:details|info|information)\b|\bmore about\b|"
    r"\bwhat (?:can|does|do) .* do\b"
)
YES_NO = (
    r"^(?:and |but |so |then |also )?(?:is|are|was|does|do|did|can|could|will|would|has|"
    r"have|isn't|aren't|doesn't|don't)\b"
)
HAVE = (
    r"\b(?:do|have|did) you (?:guys |also |still )?(?:have|sell|carry|stock|offer|got|do)\b|"
    r"\b(?:any|got any|looking for|show me|i (?:need|want)|is there|are there)\b|"
    r"\byou (?:sell|have|carry|offer)\b|\bin (?:the|your) (?:shop|store)\b"
)
CONTINUES = r"^(?:and|what about|how about|but|or|also|then)\b"
# "that" also begins what describes a thing ("a kettle that whistles"): it points back
# only where a thing may stand.
POINTS_BACK = (
    r"\b(?:it|its|it's|they|they're|them|their|the same|the one|(?:this|that) one)\b|"
    r"(?:^|\b(?:is|are|was|does|do|did|has|have|can|will|would|of|about|in|for|with|on|to|"
    r"from|buy|get|and|like|cost|costs) )(?:this|that|these|those)\b"
)

# What narrows down what was looked for before: "and for kids?", "red ones?"
REFINES = (
    r"^(?:and |but |or |also |then |what about |how about )*"
    r"(?:(?:for|in|with|without|under|below|less than|over|above|between|from|made)\b|"
    r"(?:[\w-]+ ){1,2}ones?\W*$|cheaper\b)"
)
RANGE = (
    r"\bwhat (?:else )?(?:do|can|does) (?:you|i|the (?:shop|store))(?: guys)? "
    r"(?:sell|have|offer|carry|stock|buy here)\W*$|"
    r"\bwhat (?:kinds?|types?|sorts?) of (?:products?|things?|items?|stuff)\b|"
    r"\b(?:your|product) (?:range|assortment|categories|catalogue|catalog|selection)\b|"
    r"^(?:categories|products|departments)\W*$"
)

_ORDINALS = {
    "first": 0, "1st": 0, "second": 1, "2nd": 1, "third": 2, "3rd": 2, "fourth": 3,
    "4th": 3, "fifth": 4, "5th": 4, "sixth": 5, "6th": 5, "last": -1,
}  # fmt: skip
_PLACE = "|".join(_ORDINALS)
_ORDINAL = re.compile(
    rf"\b({_PLACE}) (?:one|two|product|item|option)s?\b"
    rf"|\bthe ({_PLACE})(?=\W*$| (?:and|or|with|costs?|in|is|vs)\b)"
    r"|(?:\b(?:number|no\.?|option)|#) ?([1-8])\b"
)


def ordinals_in(text: str) -> list[int]:
    """Return the places in a list the question points at: "the second one" is 1."""
    return [
        int(match[3]) - 1 if match[3] else _ORDINALS[match[1] or match[2]]
        for match in _ORDINAL.finditer(text)
    ]


def is_greeting(text: str) -> bool:
    return _has(text, GREETING)


def without_greeting(text: str) -> str:
    """Return the question after a "Hi there,"."""
    return _rule(OPENING).sub("", text, count=1)


def is_thanks(text: str) -> bool:
    return _has(text, THANKS) or _has(text, PRAISE)


def is_goodbye(text: str) -> bool:
    return _has(text, GOODBYE)


def asks_abilities(text: str) -> bool:
    return _has(text, ABILITIES)


def asks_person(text: str) -> bool:
    return _has(text, PERSON)


def asks_order(text: str) -> bool:
    return _has(text, ORDER) and not _has(text, NO_ORDER)


def asks_comparison(text: str) -> bool:
    return _has(text, COMPARE)


def asks_cheapest(text: str) -> bool:
    return _has(text, CHEAPEST)


def asks_dearest(text: str) -> bool:
    return _has(text, DEAREST)


def asks_price(text: str) -> bool:
    return _has(text, PRICE)


def asks_stock(text: str) -> bool:
    return _has(text, STOCK)


def asks_about(text: str) -> bool:
    return _has(text, ABOUT)


def asks_whether(text: str) -> bool:
    return _has(text, YES_NO)


def asks_offer(text: str) -> bool:
    return _has(text, HAVE)


def continues(text: str) -> bool:
    """Whether the question goes on from the one before: "and in blue?"."""
    return _has(text, CONTINUES)


def refines(text: str) -> bool:
    """Whether the question narrows down the one before."""
    return _has(text, REFINES)


def asks_range(text: str) -> bool:
    """Whether it asks what the shop sells at all."""
    return _has(text, RANGE)


def points_back(text: str) -> bool:
    return _has(text, POINTS_BACK)
