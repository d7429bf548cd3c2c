"""Code on the documentation page: highlighted on the server, copied with a button."""

from __future__ import annotations

from functools import lru_cache
from textwrap import dedent

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from commerce.templatetags.pages import copy_button
from hiwelink.docs.contents import CodeFile

register = template.Library()


@lru_cache(maxsize=256)
def highlighted(text: str, language: str) -> SafeString:
    """Return `text` as HTML spans; Pygments escapes what it is given."""
    lexer = get_lexer_by_name(language, stripnl=True)
    return mark_safe(highlight(text, lexer, HtmlFormatter(nowrap=True)).rstrip("\n"))


def code_box(text: str, language: str, element_id: str, name: str) -> SafeString:
    """A figure: the file's name, a copy button, and the code, which scrolls."""
    return format_html(
        '<figure class="code-box"><figcaption><span>{}</span>{}</figcaption>'
        '<pre class="code" tabindex="0" aria-label="{}"><code id="{}">{}</code></pre>'
        "</figure>",
        name,
        copy_button(element_id, name, "alone"),
        name,
        element_id,
        highlighted(text, language),
    )


@register.simple_tag
def code_file(file: CodeFile, group: str) -> SafeString:
    """Show a file of examples/; `group` keeps its id apart from another showing."""
    element_id = f"{group}-{file.path}".replace("/", "-").replace(".", "-")
    return code_box(file.text, file.language, element_id, file.name)


class CodeNode(template.Node):
    def __init__(self, nodes: NodeList, words: list[FilterExpression]) -> None:
        self.nodes = nodes
        self.words = words

    def render(self, context: Context) -> SafeString:
        language, element_id, name = (word.resolve(context) for word in self.words)
        # Code is escaped once, by the highlighter.
        with context.push():
            context.autoescape = False
            text = dedent(self.nodes.render(context)).strip("\n")
            context.autoescape = True
        return code_box(text, language, element_id, name)


@register.tag
def code(parser: Parser, token: Token) -> CodeNode:
    """{% code "json" "element-id" "Title" %} ... {% endcode %}"""
    words = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    if len(words) != 3:
        raise template.TemplateSyntaxError("code needs a language, an id and a title.")
    nodes = parser.parse(("endcode",))
    parser.delete_first_token()
    return CodeNode(nodes, words)
