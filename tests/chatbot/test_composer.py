"""Shoppers' questions over the demo catalogue, answered with no key and no network."""

import re

import pytest

from chatbot.models import Message
from commerce.models import Product
from hiwelink.accounts.models import User
from tests.chatbot.shop import CONTACT, SHOP, make_chatbot, make_shop
from tests.chatbot.widget import Widget

pytestmark = pytest.mark.django_db
BOOT = "Cairn Mid Waterproof Hiking Boot"


@pytest.fixture(scope="module")
def shop(django_db_setup, django_db_blocker):
    """The whole demo catalogue with vectors, made once for this module."""
    with django_db_blocker.unblock():
        store = make_shop(has_vectors=True)
        yield store
        workspace = store.workspace
        User.objects.filter(memberships__workspace=workspace).delete()
        workspace.delete()


@pytest.fixture
def chatbot(shop):
    return make_chatbot(shop)


def names(answer) -> list[str]:
    return [card["name"] for card in answer["products"]]


def test_what_is_it(widget):
    answer = widget.ask(f"What is the {BOOT}?")
    assert answer["text"].startswith(
        f"{BOOT}: Waterproof leather boot for rough trails with a full pack."
    )
    assert answer["text"].endswith(
        "It costs $159.00, reduced from $189.00. It is in stock."
    )
    assert names(answer) == [BOOT]
    card = answer["products"][0]
    assert card["url"] == f"{SHOP}/product/cairn-mid-waterproof-hiking-boot"
    assert (card["price"], card["currency"]) == ("159.00", "USD")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How much is the Skarn 2?", "Skarn 2 Backpacking Tent costs $399.00, reduced from $459.00."),
        ("what does the ember stove cost", "Ember Canister Stove costs $54.00."),
        ("Price of the chef's knife?", "Chef's Knife, 20 cm costs $129.00."),
        ("Is the Puddlejump boot available?", "No, Puddlejump Rubber Boot, Kids is out of stock at the moment."),
        ("Is the Skarn 3 in stock?", "Yes, Skarn 3 Backpacking Tent is in stock."),
        ("What is the price of the Ember stove and is it in stock?", "Ember Canister Stove costs $54.00. It is in stock."),
        ("how heavy is the Skarn 2 backpacking tent", "Weight of Skarn 2 Backpacking Tent: 1.6 kg."),
        ("How much does the Merino Throw weigh?", "Weight of Merino Throw, Herringbone: 620 g."),
        ("Which sizes does the Driftwood chukka come in?", "Driftwood Leather Chukka comes in these sizes: 7, 8, 9, 10 and 11."),
        ("What colour is the Driftwave Wireless Headphones?", "Color of Driftwave Wireless Headphones: Black."),
        ("who wrote the small fire cookbook?", "Author of The Small Fire Cookbook: Nell Hathaway."),
        ("Is the chef's knife dishwasher safe?", "No, Chef's Knife, 20 cm is not dishwasher safe."),
        ("What is the chef's knife made of?", "Material of Chef's Knife, 20 cm: Carbon steel, walnut."),
        ("How long does the battery of the Lumen 400 last?", "Battery of Lumen 400 Headlamp: USB-C, 5 to 120 hours."),
        ("Do you have the Brook Canvas Sneaker in size 10?", "Yes, Brook Canvas Sneaker comes in size 10."),
    ],
)  # fmt: skip
def test_one_fact_of_one_product(widget, question, text):
    assert widget.say(question) == text


def test_a_talk_about_one_product(widget):
    widget.ask(f"Tell me about the {BOOT}")
    assert widget.say("How much is it?").startswith(f"{BOOT} costs $159.00")
    assert widget.say("Is it waterproof?") == f"Yes, {BOOT} is waterproof."
    assert "7, 8, 9, 10, 11 and 12" in widget.say("which sizes does it come in?")
    assert widget.say("do you have it in size 9?") == f"Yes, {BOOT} comes in size 9."
    assert "Size 13 is not among them" in widget.say("and in size 13?")
    assert widget.say("and in blue?") == (
        f"{BOOT} is listed in Moss only, not in blue."
    )
    assert widget.say("can the sole be replaced?").startswith(f"About {BOOT} the shop")
    vegan = widget.ask("is it vegan?")
    assert "don’t say" in vegan["text"] and CONTACT in vegan["text"]
    assert Message.objects.latest("id").is_answered is False


def test_a_talk_about_a_list(widget):
    answer = widget.ask("Do you have tents?")
    assert answer["text"].startswith("Yes. Here is what I found:\n• ")
    first, second, third, *_ = names(answer)
    assert all("Tent" in name for name in (first, second, third))
    assert widget.say("how much is the second one?").startswith(f"{second} costs")
    assert widget.say("is it in stock?").startswith(f"Yes, {second} is in stock")
    assert widget.say("what about the third one?").startswith(f"{third} is in stock")
    compared = widget.say("compare the first and the second")
    assert f"{first} and {second} compared:" in compared
    cheapest = widget.ask("which one is cheaper?")
    prices = {p.name: p.current_price for p in Product.objects.all()}
    assert names(cheapest)[0] == min((first, second), key=prices.get)


def test_two_products_side_by_side(widget):
    answer = widget.ask("compare Skarn 2 and Skarn 3")
    assert answer["text"].splitlines()[:3] == [
        "Skarn 2 Backpacking Tent is $70.00 cheaper.",
        "Skarn 2 Backpacking Tent and Skarn 3 Backpacking Tent compared:",
        "• Price: $399.00 against $469.00",
    ]
    assert "• Weight: 1.6 kg against 2.1 kg" in answer["text"]
    assert len(answer["products"]) == 2
    lighter = widget.say("Skarn 2 or Skarn 3, which is lighter?")
    assert lighter.startswith("Skarn 2 Backpacking Tent is the lighter one.")
    other = widget.say("what's the difference between the Brass Oil Lantern and the Candle Lantern?")  # fmt: skip
    assert other.startswith("Candle Lantern, Folding is $42.00 cheaper.")


def test_the_cheapest_and_the_dearest(widget):
    cheapest = widget.ask("What's the cheapest sleeping bag?")
    assert cheapest["text"].startswith(
        "The cheapest is Little Otter Kids' Sleeping Bag at $89.00. It is in stock."
    )
    assert all("Sleeping Bag" in name for name in names(cheapest))
    dearest = widget.say("And the most expensive sleeping bag?")
    assert dearest.startswith("The most expensive is Hoarfrost -10 Down Sleeping Bag")


@pytest.mark.parametrize(
    ("question", "told", "not_told"),
    [
        ("How long does shipping take?", "3 to 5 working days", "Canada"),
        (
            "Do you ship to Canada?",
            "We ship within the United States and to Canada.",
            "$",
        ),
        ("How much is express shipping?", "costs $18.00", "7.95"),
        ("What is your return policy?", "within 60 days", "shipping"),
        ("Can I return coffee?", "Opened coffee, tea and candles cannot be", "60 days"),
        ("What are your opening hours?", "Tuesday to Saturday, 9 am to 6 pm", "coffee"),
        ("Where are you?", "14 Wharf Street", "coffee"),
        ("Are dogs welcome?", "Dogs are welcome.", "•"),
        ("Do you repair boots?", "Our workshop mends what we sold", "•"),
    ],
)
def test_the_shop_itself_in_the_merchants_words(widget, question, told, not_told):
    text = widget.say(question)
    assert told in text
    assert not_told not in text


@pytest.mark.parametrize(
    ("question", "opening"),
    [
        ("Hi there!", "Hello! I’m Kettle."),
        ("good morning", "Hello! I’m Kettle."),
        ("thanks a lot!", "You’re welcome"),
        ("ok great, thank you", "You’re welcome"),
        ("bye", "Goodbye"),
        ("are you a robot?", "I’m Kettle, the shop’s assistant, a computer program."),
        ("Can I talk to a human?", f"You can reach the shop’s team here: {CONTACT}."),
    ],
)
def test_small_talk(widget, question, opening):
    assert widget.say(question).startswith(opening)


def test_a_greeting_before_a_question_does_not_hide_it(widget):
    assert widget.say("Hello, how much is the Skarn 2?").endswith("from $459.00.")


@pytest.mark.parametrize(
    "question",
    [
        "Do you sell unicorn saddles?",
        "Who is the president of France?",
        "tell me a joke",
        "Do you sell iPhones?",
        "asdf qwer zxcv",
        "???",
    ],
)
def test_what_nobody_told_it_is_not_guessed(widget, question):
    answer = widget.ask(question)
    assert CONTACT in answer["text"]
    assert answer["products"] == []
    assert Message.objects.latest("id").is_answered is False


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("show me rain jackets", "Squall 3-Layer Rain Jacket"),
        ("do you have a kettle that works on induction?", "Gooseneck Kettle, Stovetop"),
        ("hiking socks", "Merino Hiker Sock, Midweight"),
        ("a good headlamp for running?", "Lumen 1000 Trail Running Headlamp"),
        ("noise cancelling headphones", "Driftwave Wireless Headphones"),
        ("tent for 4 people", "Homestead 4 Family Tent"),
    ],
)
def test_things_are_found(widget, question, found):
    assert found in names(widget.ask(question))[:3]


def test_limits_alone_are_a_question_too(widget):
    cheap = widget.ask("What costs less than $20?")
    assert cheap["text"].startswith("Here is what I found:")
    assert all(float(card["price"]) < 20 for card in cheap["products"])
    assert len(cheap["products"]) > 1
    tents = widget.ask("Which tents do you have?")
    assert any(float(card["price"]) > 400 for card in tents["products"])
    fewer = widget.ask("and under $400?")
    assert all(float(card["price"]) <= 400 for card in fewer["products"])
    assert all("Tent" in name for name in names(fewer))


def test_a_general_question_is_answered_with_the_section_it_names(widget, chatbot):
    chatbot.shop_facts = (
        "Returns\nKeep it for 60 days. Send it back if it is not right.\n\n"
        "Shipping\nEverything leaves the same day."
    )
    chatbot.save()
    told = "Keep it for 60 days. Send it back if it is not right."
    for question in ("What is your return policy?", "Returns?", "your refund rules"):
        assert widget.say(question) == told
    assert widget.say("What about shipping?") == "Everything leaves the same day."


def test_limits_alone_are_enough(widget):
    answer = widget.ask("What costs less than $20?")
    assert len(answer["products"]) > 2
    assert all(float(card["price"]) < 20 for card in answer["products"])
    on_sale = names(widget.ask("what's on sale?"))
    products = {p.name: p for p in Product.objects.filter(name__in=on_sale)}
    assert on_sale and all(p.sale_price for p in products.values())
    cheapest = widget.say("what is the cheapest thing you sell?")
    assert re.match(r"The cheapest is .* Soap Bar at \$9\.00\.", cheapest)


def test_limits_narrow_what_is_found_and_what_was_found_before(widget):
    assert widget.say("cheapest tent under $300").startswith(
        "The cheapest is Skarn 1 Solo Backpacking Tent at $289.00."
    )
    none = widget.say("headlamp under $5")
    assert none.startswith("Nothing that matches is in that price range")
    widget.ask("Do you have jackets for women?")
    narrowed = widget.ask("under $100?")
    assert "Drizzle Packable Windbreaker" in names(narrowed)
    assert all(float(card["price"]) < 100 for card in narrowed["products"])


def test_what_there_is_at_all(widget):
    text = widget.say("What do you sell?")
    assert text.startswith("We have ") and "Footwear" in text


def test_which_product_is_asked_back_when_none_is_meant(widget):
    assert widget.say("how much is it?").startswith("Which product do you mean?")


def test_every_price_it_states_is_in_the_database(widget):
    prices = set()
    for product in Product.objects.all():
        prices |= {product.price, product.regular_price, product.sale_price}
    known = {f"{price:,.2f}" for price in prices if price is not None}
    for question in ("tents", "jackets", "show me mugs", "cheapest stove", "lamps"):
        text = widget.say(question)
        stated = re.findall(r"\$([\d,.]+\d)", text)
        assert stated and set(stated) <= known


def test_a_changed_price_is_told_at_once_and_a_deleted_product_no_more(widget, shop):
    from django.utils import timezone

    question = "How much is the Ember stove?"
    assert "$54.00" in widget.say(question)
    Product.objects.filter(name="Ember Canister Stove").update(price="61.50")
    assert widget.say(question) == "Ember Canister Stove costs $61.50."
    Product.objects.filter(name="Ember Canister Stove").update(
        deleted_at=timezone.now()
    )
    assert "Ember" not in str(widget.ask("how much is it?"))
    assert "Ember" not in str(Widget(widget.chatbot).ask(question))


def test_prices_are_written_as_the_stores_language_does(widget, shop):
    type(shop).objects.filter(pk=shop.pk).update(language="de", currency="EUR")
    assert widget.say("Skarn 3 Backpacking Tent price?").endswith("469,00\xa0€.")


@pytest.mark.parametrize("language", ["", "xx", "de_AT", "zh-Hans", "!!", "en-US"])
def test_any_language_tag_gets_an_answer(widget, shop, language):
    type(shop).objects.filter(pk=shop.pk).update(language=language)
    assert widget.say("hello")
    assert "469" in widget.say("Skarn 3 Backpacking Tent price?")
