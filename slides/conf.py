"""Sphinx settings of the decks; `course slides` builds them."""

project = "Deep learning, executable"
language = "en"
extensions = ["myst_parser", "sphinx.ext.mathjax", "sphinx_revealjs", "course_utils.authoring.deck"]
exclude_patterns = ["README.md", "_static"]
myst_enable_extensions = ["dollarmath", "colon_fence", "attrs_inline", "deflist", "html_image"]
smartquotes = False
html_favicon = "_static/icon.svg"

# One file, served from the build: a lecture hall may have no network.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {
    "options": {"enableMenu": False, "enableAssistiveMml": True},
    "svg": {"fontCache": "local"},
}
revealjs_html_theme = "revealjs-simple"
revealjs_style_theme = "deck.css"
revealjs_static_path = ["_static"]
revealjs_script_plugins = [
    {"name": "RevealNotes", "src": "revealjs/plugin/notes/notes.js"},
    {"name": "RevealHighlight", "src": "revealjs/plugin/highlight/highlight.js"},
    {"name": "RevealSearch", "src": "revealjs/plugin/search/search.js"},
]
revealjs_script_conf = {
    "width": 1280,
    "height": 720,
    "margin": 0,
    "minScale": 0.2,
    "maxScale": 3,
    "hash": True,
    "center": False,
    "slideNumber": "c/t",
    "transition": "none",
    "backgroundTransition": "none",
    "controlsTutorial": False,
    "pdfSeparateFragments": False,
    "pdfMaxPagesPerSlide": 1,
}
