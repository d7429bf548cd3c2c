"""Words with a part to play in a question; English, folded as words.cut() does."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that shape a question and name nothing in a shop.
HOLLOW = word_set(
    """
    a about actually after all also am an and another any anything are around as at
    be because been before being best better between big but buy by can carry could
    did do does doing else ever every find for from get give go going good got great
    had has have having hello help here hi how i if im in interested into is it item
    items its just kind know like look looking looks made make many may maybe me
    might more most much my need new nice no not now of off offer ok okay on one
    ones or order other our out over please possible product products really
    recommend recommendation recommendations right search see sell shop should show
    so some somebody someone something sort still stock store stuff such suggest
    suggestion suggestions sure take tell than thank thanks that thats the their
    them then there these they thing things think this those to too two type up us
    use using very want wanted wants was way we well were what whats when where
    which while who whom whose why will with within without would yes yet you your
    yours
    """
)

# Words of questions about price, stock and the like: asked for, not searched for.
ASKING = word_set(
    """
    above affordable availability available below bucks budget cheap cheaper
    cheapest compare compared comparing comparison cost costing costs currently
    dearest describe description detail details differ difference differences
    different discount discounted dollar dollars euro euros expensive fifth first
    fourth highest in-stock info information last least left less lowest max maximum
    min minimum moment much price priced prices pricey pricier priciest pricing
    reduced sale second sold stocked third today under up versus vs
    """
)

# Those of them no product is found by.
ASIDE = word_set(
    """
    availability available cheaper cheapest compare compared cost costs dearest
    details difference discount discounted expensive info price prices
    """
)

COLOURS = word_set(
    """
    amber aqua azure beige black blue bronze brown burgundy charcoal copper coral
    cream crimson cyan ecru gold golden graphite gray green grey indigo ivory khaki
    lavender lilac lime magenta maroon mint moss mustard natural navy ochre olive
    orange peach pink plum purple red rose rust sage salmon sand scarlet silver
    slate stone tan taupe teal terracotta turquoise violet walnut white wine yellow
    """
)

# Words that tell nothing about what the merchant wrote.
FILLING = word_set(
    """
    a about an and any are at be been but by can could did do does for from get give
    got had has have how i if in into is it its just know like long many may me more
    much my need of on one or order orders our out please shop so some store take
    tell than that the their them then there these they this those to too until up
    us want was we what when where which who why will with would you your
    """
)
