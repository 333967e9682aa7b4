"""Edit one operator, constant or argument of a solution; its check must refuse that."""

import ast
import copy

OPERATORS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.FloorDiv: [ast.Div],
    ast.Mod: [ast.FloorDiv],
    ast.MatMult: [ast.Mult],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
PAIRS = [
    ("maximum", "minimum"),
    ("mean", "sum"),
    ("reduce_mean", "reduce_sum"),
    ("max", "min"),
    ("argmax", "argmin"),
    ("zeros", "ones"),
    ("any", "all"),
    ("exp", "log"),
    ("sqrt", "square"),
    ("cumsum", "cumprod"),
]
NAMES = {one: other for pair in PAIRS for one, other in (pair, pair[::-1])}


def mutants(code):
    """Return the edits of a solution.

    Args:
        code: str, a cell that ends with a function.

    Returns:
        list of (old line, new line, edited code), all str.
    """
    tree = ast.parse(code)
    plain = ast.unparse(tree)
    found = []
    for number, node in enumerate(ast.walk(tree)):
        for edit in _edits(node):
            changed = copy.deepcopy(tree)
            edit(list(ast.walk(changed))[number])
            edited = ast.unparse(changed)
            pairs = zip(plain.splitlines(), edited.splitlines(), strict=False)
            old, new = next(pair for pair in pairs if pair[0] != pair[1])
            found.append((old.strip(), new.strip(), edited))
    return found


def _edits(node):
    """Return functions that edit a node like this one in place."""
    match node:
        case ast.BinOp() | ast.AugAssign() | ast.BoolOp():
            return [_set("op", kind()) for kind in OPERATORS.get(type(node.op), [])]
        case ast.Compare():
            return [_set("ops", [kind(), *node.ops[1:]]) for kind in OPERATORS[type(node.ops[0])]]
        case ast.UnaryOp(op=ast.USub() | ast.Invert() | ast.Not()):
            return [_set("op", ast.UAdd())]
        case ast.Constant(value=bool()):
            return [_set("value", not node.value)]
        case ast.Constant(value=int()):
            return [_set("value", node.value + 1), _set("value", node.value - 1)]
        case ast.Constant(value=float()):
            return [_set("value", 1.5 * node.value + 0.5)]
        case ast.Call():
            return _call_edits(node)
    return []


def _call_edits(node):
    edits = []
    if isinstance(node.func, ast.Attribute) and node.func.attr in NAMES:
        edits.append(lambda call: setattr(call.func, "attr", NAMES[call.func.attr]))
    for place in range(len(node.args) - 1):
        edits.append(lambda call, place=place: _swap(call.args, place))
    for place in range(len(node.keywords)):
        edits.append(lambda call, place=place: call.keywords.pop(place))
    return edits


def _set(attribute, value):
    return lambda node: setattr(node, attribute, value)


def _swap(arguments, place):
    arguments[place], arguments[place + 1] = arguments[place + 1], arguments[place]
