# %% [markdown]
# # 02 Multilayer perceptrons
#
# **What does a hidden layer buy?**
#
# After this lesson you can
#
# - say what a hidden layer does, and draw the space that it makes of XOR before and after training;
# - choose an activation by its slope, and explain why deep stacks need ReLU and He initialisation;
# - backpropagate by hand, through a small graph and a two-layer network, and prove the gradients right;
# - compute softmax and cross-entropy so that they never overflow;
# - build a network in Keras, count its parameters by hand, train it, and test it once.
#
# **Data:** XOR, two moons, and Fashion-MNIST, 14,000 small pictures of clothes.
#
# **You will see:** descent find the features that solve XOR, and a deep network fall silent layer by layer.
#
# **You need:** lesson 01: one neuron, cross-entropy, gradient descent.
#
# **Minutes:** 40 to read, 75 to do, 1 to run.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from sklearn import datasets, metrics, model_selection

from course_utils import plots
from course_utils.checks import claim, claim_table
from course_utils.data import load_fashion_mnist

keras.utils.set_random_seed(0)
random = np.random.default_rng(0)
plots.use_style()

# %% [markdown]
# ## Stack two layers, and gain nothing
#
# Lesson 01 ended on XOR: answer 1 if *exactly one* input is 1. One neuron cannot learn it, but a stack can. Layer $\ell$ computes
#
# $$a^{[\ell]} = g\left(W^{[\ell]} a^{[\ell-1]} + b^{[\ell]}\right), \qquad a^{[0]} = x,$$
#
# with a row of $W^{[\ell]}$ for each neuron. A layer between input and output is **hidden**; $g$ is the **activation**; such a stack is a **multilayer perceptron**, MLP.
#
# Is $g$ needed? Wrong first: we leave it out, and stack two layers of random weights. **Predict:** can this stack draw anything but a straight line?

# %%
corners, xor = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
x_xor, y_xor = np.tile(corners, (50, 1)) + random.normal(0, 0.12, (200, 2)), np.tile(xor, 50)
w1, b1, w2, b2 = (random.normal(size=shape) for shape in [(2, 8), 8, (8, 1), 1])
one_layer = x_xor @ (w1 @ w2) + (b1 @ w2 + b2)
claim("two layers − one", (x_xor @ w1 + b1) @ w2 + b2 - one_layer, equals=0, within=1e-9)

# %% [markdown]
# It cannot. (In code a point is a row, so the weights stand on the right.) Without an activation any stack collapses into one layer, $W^{[2]}W^{[1]}$. Something between the layers has to *bend*.
#
# ## Draw a hidden space by hand
#
# So we put lesson 01's sigmoid back and choose the weights ourselves: one hidden neuron says OR, the other AND, and the output says "OR but not AND". The large weights make each sigmoid almost a step.
#
# The two hidden outputs are new coordinates for each point, its place in the **hidden space**. **Predict:** where do the four clouds go?


# %% name="hidden-space-by-hand" alt="Two panels. Left, input space: four clouds at the corners of a square, opposite corners of one class; two slanted lines cut off a band that holds class 1. Right, hidden space with OR and AND as axes: both clouds of class 1 lie together at the right bottom, class 0 at the left bottom and right top, and one straight line separates them."
def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def or_and(x):
    return sigmoid(x @ np.array([[10, 10], [10, 10]]) + np.array([-5, -15]))


def output(a):
    return sigmoid(a @ np.array([10, -10]) - 5)


figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
names, inputs = ["0", "1"], ["first input", "second input"]
plots.decision_boundary(lambda x: output(or_and(x)), x_xor, y_xor, inputs, names, left)
plots.decision_boundary(output, or_and(x_xor), y_xor, ["OR", "AND"], names, right)
plt.show()

# %% [markdown]
# Both clouds of class 1 land in one corner, and there *one straight line* is enough. Seen from the input, on the left, that one line is two: they cut off a band. This is what a hidden layer buys: it redraws the data until a linear model can finish.
#
# We want descent to find such weights. It needs two things: activations with a slope, and the slope of the cost in weights that sit *behind* other layers.
#
# ## Choose an activation by its slope
#
# Here are five activations from the slide decks behind this course, each with its derivative. **Predict:** through which of them can a gradient pass at $z = 3$?


# %% name="activations" alt="Five panels, one for each activation, z from -4 to 4, with the activation solid and its derivative dotted. Step: derivative zero everywhere. Sigmoid: a low bell that peaks at one quarter. Tanh: a bell that peaks at 1. ReLU: derivative 0 on the left and 1 on the right. Gaussian: derivative positive on the left, negative on the right, zero at the top."
activations = {
    "step": (lambda z: np.where(z > 0, 1.0, 0.0), lambda z: 0 * z),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "ReLU": (lambda z: np.maximum(0, z), lambda z: np.where(z > 0, 1.0, 0.0)),
    "Gaussian": (lambda z: np.exp(-(z**2)), lambda z: -2 * z * np.exp(-(z**2))),
}
z = np.linspace(-4, 4, 400)
figure, panels = plt.subplots(1, 5, figsize=(12, 2.8), sharey=True)
for ax, (name, (g, slope)) in zip(panels, activations.items(), strict=True):
    print(f"{name:8}  slope at z = 3: {float(slope(3.0)):.4f}")
    ax.plot(z, g(z), color=plots.NEGATIVE, label="activation")
    ax.plot(z, slope(z), ":", color=plots.POSITIVE, label="derivative")
    ax.set(title=name, xlabel="z", ylim=(-1.1, 1.6))
panels[0].legend(loc="lower left")
plt.show()

with claim_table():
    for name, (g, slope) in activations.items():
        differences = (g(z + 1e-6) - g(z - 1e-6)) / 2e-6
        error = slope(z) - differences
        claim(f"{name}: slope − differences", error, equals=0, within=1e-5)

# %% [markdown]
# The step passes nothing. Sigmoid, tanh and Gaussian **saturate**: far from zero their slope dies away, and the sigmoid's is never above $\frac{1}{4}$. ReLU, $\max(0, z)$, passes everything where it is on, nothing where it is off.
#
# Remember the $\frac{1}{4}$: it will silence a deep network below.
#
# ## Backpropagate by hand
#
# A network is a graph of **modules**, small functions that know two things: their output, and their own slopes. Take $f = (x + y)\,z$ with $q = x + y$. Forward, left to right, we compute values.
# Backward, right to left, each module multiplies the slope that arrives by its own. **Predict** the three slopes at $x = -2$, $y = 5$, $z = -4$ on paper first.

# %%
x, y, z = -2, 5, -4
q = x + y
df_dq, df_dz = z, q
slopes = [df_dq * 1, df_dq * 1, df_dz]
print("slopes in x, y, z:", slopes)


def sum_times_z(x, y, z):
    return (x + y) * z


along_x = (sum_times_z(x + 1e-6, y, z) - sum_times_z(x - 1e-6, y, z)) / 2e-6
along_y = (sum_times_z(x, y + 1e-6, z) - sum_times_z(x, y - 1e-6, z)) / 2e-6
along_z = (sum_times_z(x, y, z + 1e-6) - sum_times_z(x, y, z - 1e-6)) / 2e-6
error = np.subtract(slopes, [along_x, along_y, along_z])
claim("slopes of (x + y) z − differences", error, equals=0, within=1e-6)

# %% [markdown]
# The sum hands its slope on to both inputs; the product swaps them: each input gets the *other's* value. What we used is the **chain rule**, for one variable and for several:
#
# $$\frac{dz}{dx} = \frac{dz}{dy}\,\frac{dy}{dx}, \qquad \frac{\partial z}{\partial x_i} = \sum_j \frac{\partial z}{\partial y_j}\,\frac{\partial y_j}{\partial x_i}$$
#
# The sum runs over every path from $x_i$ to $z$. (One of the slide decks sums over $i$; it must be $j$.) Take $z = u v$ with $u = 2x$ and $v = x^2$, at $x = 3$. Wrong first: follow the path through $u$ alone. **Predict** both numbers.

# %%
x, u, v = 3.0, 2 * 3.0, 3.0**2
one_path, both_paths = v * 2, v * 2 + u * 2 * x
print("one path:", one_path, " both paths:", both_paths)
differences = (2 * (x + 1e-6) ** 3 - 2 * (x - 1e-6) ** 3) / 2e-6
claim("both paths − differences", both_paths - differences, equals=0, within=1e-6)

# %% [markdown]
# Where a value is used twice, slopes *add up*. Forgetting a path raises no error; only the check shows it.
#
# ## Backpropagate through a network
#
# Now a real one: a hidden layer of tanh and an output neuron, with lesson 01's cross-entropy as cost $J$. The forward pass keeps the hidden outputs, because the way back needs them.


# %%
def forward(parameters, x):
    w1, b1, w2, b2 = parameters
    hidden = np.tanh(x @ w1 + b1)
    return hidden, hidden @ w2 + b2


def cost(parameters, x, y):
    _, z = forward(parameters, x)
    return np.mean(np.logaddexp(0, z) - y * z)


def draw_parameters(units):
    return [random.normal(size=shape) for shape in [(2, units), units, units, 1]]


parameters = draw_parameters(units=3)
hidden, z = forward(parameters, x_xor)
print("input", x_xor.shape, "→ hidden", hidden.shape, "→ score", z.shape)

# %% [markdown]
# Backward: the slope in the score is lesson 01's *error*, $\delta_z = (p - y) / n$. Each layer then does two things with the slope that arrives:
#
# - in its **parameters**, input times slope, $\partial J / \partial W = a^\top \delta$ and $\partial J / \partial b = \sum \delta$: its own update;
# - in its **inputs**, slope times weights, then times $g'$: the message to the layer before, $\delta_s = (\delta_z\,w_2^\top) \odot (1 - a^2)$, where $\odot$ multiplies element by element and $s$ is the score before tanh.


# %%
def gradients(parameters, x, y):
    _, _, w2, _ = parameters
    hidden, z = forward(parameters, x)
    delta_z = (sigmoid(z) - y) / len(y)
    delta_s = np.outer(delta_z, w2) * (1 - hidden**2)
    return [x.T @ delta_s, delta_s.sum(axis=0), hidden.T @ delta_z, delta_z.sum(keepdims=True)]


by_hand = gradients(parameters, x_xor, y_xor)
print("gradients", *(part.shape for part in by_hand))

# %% [markdown]
# Each gradient has the shape of its parameter: the first thing to check, and not enough. So we nudge each number in turn and watch the cost, as in lesson 01.
# The error is *relative*: the length of the difference over the length of the gradient. (tanh is smooth. At ReLU's kink a nudge crosses from one slope to the other, and this check may complain about a right gradient.)
#
# Then **automatic differentiation**, which does for any graph what we just did. Both checks give a *number*: "looks similar" is how a missing factor survives.


# %%
def numerical_gradients(parameters, x, y, nudge=1e-5):
    slopes = [np.zeros_like(values) for values in parameters]
    for values, slope in zip(parameters, slopes, strict=True):
        for place in np.ndindex(values.shape):
            values[place] += nudge
            up = cost(parameters, x, y)
            values[place] -= 2 * nudge
            slope[place] = (up - cost(parameters, x, y)) / (2 * nudge)
            values[place] += nudge
    return slopes


def relative_error(got, expected):
    got, expected = (np.concatenate([np.ravel(part) for part in g]) for g in (got, expected))
    return np.linalg.norm(got - expected) / np.linalg.norm(expected)


numerical = numerical_gradients(parameters, x_xor, y_xor)
error = relative_error(by_hand, numerical)
claim("relative error, by hand against differences", error, at_most=1e-5)

# %%
w1, b1, w2, b2 = variables = [tf.Variable(values) for values in parameters]
with tf.GradientTape() as tape:
    z = ops.tanh(x_xor @ w1 + b1) @ w2[:, None] + b2
    loss = ops.mean(keras.losses.binary_crossentropy(y_xor[:, None], z, from_logits=True))
error = relative_error(by_hand, tape.gradient(loss, variables))
claim("relative error, by hand against autodiff", error, at_most=1e-5)

# %% [markdown]
# Three ways, one gradient. From here on Keras may differentiate for us: we know what it does.
#
# ## Solve XOR
#
# We descend from random weights, thirty times with two hidden units and thirty times with eight. By hand two were enough. **Predict:** which share of the starts with two units finds the solution, and which with eight?


# %% name="xor-starts"
def descend(units, learning_rate=1.0, num_steps=1000):
    start = end = draw_parameters(units)
    for _ in range(num_steps):
        slopes = gradients(end, x_xor, y_xor)
        end = [p - learning_rate * slope for p, slope in zip(end, slopes, strict=True)]
    return np.mean((forward(end, x_xor)[1] > 0) == y_xor), start, end


two = [descend(2) for _ in range(30)]
eight = [descend(8) for _ in range(30)]
solved_by_two = 100 * np.mean([right > 0.98 for right, _, _ in two])
solved_by_eight = 100 * np.mean([right > 0.98 for right, _, _ in eight])
claim("% of the starts that solve XOR, two units", solved_by_two, at_least=10, at_most=90)
claim("% of the starts that solve XOR, eight units", solved_by_eight, at_least=90)

# %% [markdown]
# Two units *can* solve XOR, but descent often gets stuck on the way: two of the clouds end up together. With eight there is nearly always a way around. Networks are made larger than they need to be, partly so that descent can find something.
#
# From the best run with two units we draw the hidden space, before and after. **Predict:** what must have happened to the two clouds of class 1?

# %% name="hidden-space" alt="Three panels. Before training, hidden space: the four clouds form a slanted parallelogram with opposite corners in one class, and the shading is pale. After training, hidden space: the clouds of class 1 lie on one side of a straight black line, those of class 0 on the other. Input space after training: the boundary cuts out the two clouds of class 1."
_, start, end = max(two, key=lambda run: run[0])
figure, (*hidden_panels, right) = plt.subplots(1, 3, figsize=(12, 3.8))
for ax, weights, title in zip(hidden_panels, (start, end), ("before", "after"), strict=True):
    hidden, _ = forward(weights, x_xor)
    units = ["hidden unit 1", "hidden unit 2"]

    def probability(a, w2=weights[2], b2=weights[3]):
        return sigmoid(a @ w2 + b2)

    plots.decision_boundary(probability, hidden, y_xor, units, names, ax).set_title(title)
network = [lambda x: sigmoid(forward(end, x)[1]), x_xor, y_xor, inputs, names]
plots.decision_boundary(*network, right).set_title("after, from the input")
plt.show()

# %% [markdown]
# Before, the random layer only tilts and squeezes the square: no line helps. After, both clouds of class 1 have moved to one side of a line, as in the drawing by hand. Nobody told it OR or AND; these are **learned features**, and learning them is what deep learning is about.
#
# ## Fit a curve with one hidden layer
#
# How much can one hidden layer do? The **universal approximation** theorem: with enough units it comes as close as you like to any continuous function on a closed, bounded interval. We fit a wavy curve, with squared error and no activation on the output.
# The training points lie between the dotted lines. **Predict** the fit inside, and outside.


# %%
def curve(x):
    return np.sin(3 * x) + 0.3 * np.sin(15 * x)


x_line, x_wide = np.linspace(-1, 1, 256)[:, None], np.linspace(-1.4, 1.4, 281)[:, None]
fits = {"the curve": curve(x_wide)}
steep, spread = (keras.initializers.RandomNormal(stddev=8, seed=seed) for seed in (1, 2))
for units in (2, 8, 64):
    hidden = layers.Dense(units, "tanh", kernel_initializer=steep, bias_initializer=spread)
    model = keras.Sequential([keras.Input((1,)), hidden, layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse")
    model.fit(x_line, curve(x_line), batch_size=16, epochs=40, verbose=0)
    fits[f"{units} units"] = np.array(model(x_wide))

# %% name="universal-approximation" alt="A wavy curve and three fits, x from -1.4 to 1.4; dotted lines mark the interval from -1 to 1 that was trained on. Two units follow only the coarse shape, eight follow some of the waves, 64 follow nearly all. Outside the dotted lines all three leave the curve."
errors = {}
for name, fit in fits.items():
    errors[name] = np.mean((fit - curve(x_wide))[40:-40] ** 2)  # between the dotted lines
for name in ("2 units", "8 units", "64 units"):
    print(f"{name:8}  mean squared error {errors[name]:.4f}")
claim("error of 8 units ÷ that of 2", errors["8 units"] / errors["2 units"], at_most=0.8)
claim("error of 64 units ÷ that of 8", errors["64 units"] / errors["8 units"], at_most=0.8)
plots.curves(x_wide, fits, "x", "f(x)").set_ylim(-2.2, 2.2)
plt.vlines([-1, 1], -2.2, 2.2, linestyles=":", color=plots.REFERENCE)
plt.show()

# %% [markdown]
# More units, better fit. Now the small print: the theorem says that good weights *exist*, not that descent finds them, and it promises nothing outside the interval.
#
# ## Turn scores into probabilities
#
# Next come ten classes. The output layer gives a score $z_k$ for each, and **softmax** turns them into probabilities that sum to 1; the cost is again minus the logarithm of what the true class got:
#
# $$p_k = \frac{e^{z_k}}{\sum_j e^{z_j}}, \qquad \ell = -\ln p_{\text{true}}$$
#
# Wrong first: type the formula. **Predict** what it makes of large scores.


# %%
def naive_softmax(z):
    return np.exp(z) / np.sum(np.exp(z), axis=-1, keepdims=True)


small, large = np.array([[1.0, 2.0, 3.0]]), np.array([[1001.0, 1002.0, 1003.0]])
with np.errstate(all="ignore"):
    print("small:", naive_softmax(small).round(3), " large:", naive_softmax(large))

# %% [markdown]
# $e^{1003}$ overflows to infinity, and infinity over infinity is `nan`, not a number, which then poisons every weight. Only differences of scores matter, so we may subtract the largest: now the largest exponent is 0.
#
# One trap is left: a probability that rounds to 0 has $-\ln 0 = \infty$. So we take the logarithm on paper, $\ln p_k = z_k - \ln \sum_j e^{z_j}$, and never form $p$.


# %%
def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.sum(np.exp(z), axis=-1, keepdims=True))


def softmax_cross_entropy(z, y):
    return -log_softmax(z)[np.arange(len(y)), y]


# %%
claim("sure and wrong costs", softmax_cross_entropy(np.array([[1000.0, 0.0]]), y=[1]), equals=1000)
z, y = random.normal(0, 5, (20, 10)), random.integers(10, size=20)
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
claim("ours − Keras's", softmax_cross_entropy(z, y).mean() - loss(y, z), equals=0, within=1e-5)

# %% [markdown]
# The same numbers, and no overflow. In Keras `from_logits=True` asks for this safe form: the last layer then has *no* activation and gives scores.
#
# ## Look at the clothes
#
# Each picture of Fashion-MNIST has 28 × 28 grey pixels from 0 to 255. An MLP wants one row of features, so we flatten the pictures to 784 numbers and scale them to [0, 1]. A validation set of 1,200 pictures is drawn at random, as many of each class (`stratify`): the pictures need not stand in random order, and their last 1,200 hold some classes four times as often as others. The test set waits.

# %% name="fashion-mnist" alt="One picture from each of the ten classes of Fashion-MNIST, bright on black, with its class name: T-shirt, trouser, pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot."
data = load_fashion_mnist()
x_all, x_test = (x.reshape(-1, 784) / np.float32(255) for x in (data.x_train, data.x_test))
x_train, x_val, y_train, y_val = model_selection.train_test_split(
    x_all, data.y_train, test_size=1200, stratify=data.y_train, random_state=0
)
val = x_val, y_val
print("pictures", data.x_train.shape, "→ training", x_train.shape, "validation", x_val.shape)
print("of each class in the last 1,200:", np.bincount(data.y_train[-1200:]))
print("of each class in our validation set:", np.bincount(y_val))

figure, panels = plt.subplots(2, 5, figsize=(9, 4))
for label, ax in enumerate(panels.flat):
    ax.imshow(data.x_train[data.y_train == label][0], cmap="gray")
    ax.set(title=data.class_names[label], xticks=[], yticks=[])
plt.show()

# %% [markdown]
# ## Build, and count
#
# 784 inputs, 128 hidden ReLU units, 10 scores. `Dense(units)` holds a weight for each pair of input and unit, and a bias for each unit. **Predict** the number of parameters before you run.

# %%
keras.utils.set_random_seed(0)
hidden = layers.Dense(128, activation="relu")
model = keras.Sequential([keras.Input((784,)), hidden, layers.Dense(10)])
by_hand = 784 * 128 + 128 + 128 * 10 + 10
claim("parameters in Keras", model.count_params(), equals=by_hand)

# %% [markdown]
# ## Train
#
# `fit` shuffles the pictures, takes 128 at a time (a **batch**), backpropagates and steps; one pass over all is an **epoch**, here 85 steps. Adam is a descent that adapts its step, and we let the learning rate shrink towards the end (lesson 03 explains both). **Predict:** which of the two curves ends higher?

# %% name="fashion-training" alt="Accuracy against epoch, 15 epochs. The solid training curve rises steeply, then slowly to about 0.9. The dashed validation curve rises with it and levels off a few hundredths lower."
rate = keras.optimizers.schedules.CosineDecay(2e-3, decay_steps=15 * 85)
model.compile(optimizer=keras.optimizers.Adam(rate), loss=loss, metrics=["accuracy"])
history = model.fit(x_train, y_train, batch_size=128, epochs=15, validation_data=val, verbose=0)
last_train = history.history["accuracy"][-1]
last_val = history.history["val_accuracy"][-1]
print(f"accuracy after 15 epochs: training {last_train:.3f}, validation {last_val:.3f}")
claim("training − validation accuracy, last epoch", last_train - last_val, at_least=0.01)
plots.learning_curves(history, "accuracy")
plt.show()

# %% [markdown]
# Training accuracy pulls ahead: the network begins to know its own pictures by heart (lesson 03). Had we compared other widths or rates, the dashed curve would decide. We did not, so now the test set, **once**. **Predict:** which class will be hardest?

# %% name="fashion-confusion" alt="Confusion matrix of the 2,000 test pictures, ten classes. Most counts are on the diagonal. The most mistakes are among shirt, T-shirt, pullover and coat; trouser, bag and the shoes are nearly always right."
counts = metrics.confusion_matrix(data.y_test, model.predict(x_test, verbose=0).argmax(axis=1))
for name, row, right in zip(data.class_names, counts, counts.diagonal(), strict=True):
    print(f"{name:12} {right / row.sum():.3f} right")
claim("test accuracy", counts.trace() / counts.sum(), at_least=0.8)
plt.figure(figsize=(6.8, 6.2))
plots.confusion_matrix(counts, data.class_names).set_title(f"{counts.trace()} of 2000 right")
plt.show()

# %% [markdown]
# The diagonal's share is the accuracy, and its share of a row is what is printed for that class. Shirts pass for T-shirts, pullovers and coats; at this size you would hesitate too.
#
# ## Count two networks from the decks
#
# Beam's MLP (2017) has 128 ReLU units, **dropout** and one sigmoid; dropout silences half of the units at random while training (lesson 03 explains). We give it the 30 features of lesson 01.
# Ellis's stack (2019) runs 64 → 64, 128, 512, 512, 128, 64 → 1. What changed since: `output_dim=` is the first argument of `Dense`, `input_dim=` a `keras.Input`, and `nb_epoch=` is `epochs=`.
#
# A layer with $m$ inputs and $k$ units has $(m + 1)\,k$ parameters. **Predict** both totals, and what dropout adds.

# %%
hidden = [layers.Dense(128, activation="relu"), layers.Dropout(0.5)]
beam = keras.Sequential([keras.Input((30,)), *hidden, layers.Dense(1, activation="sigmoid")])
claim("Beam's network", beam.count_params(), equals=(30 + 1) * 128 + (128 + 1) * 1)

sizes = [64, 64, 128, 512, 512, 128, 64, 1]
hidden = [layers.Dense(units, activation="relu") for units in sizes[1:-1]]
ellis = keras.Sequential([keras.Input((64,)), *hidden, layers.Dense(1, activation="sigmoid")])
by_hand = np.dot(np.add(sizes[:-1], 1), sizes[1:])
print("by hand: Beam", 31 * 128 + 129, " Ellis", by_hand)
claim("Ellis's network", ellis.count_params(), equals=by_hand)

# %% [markdown]
# Dropout adds none. In Ellis's stack one layer, 512 → 512, holds more than half of all the weights.
#
# ## Watch the gradient vanish
#
# If layers are good, are ten of them better? On the way back the gradient meets a slope $g'$ in each layer. We send one batch of clothes through ten hidden layers, fresh from the start, and measure how long the gradient is in the weights of each. One stack has sigmoids, and the weights that Keras draws if you say nothing: `glorot_uniform`, whose spread suits units without ReLU. (He's weights do not save the sigmoids.)
# The other has ReLU and **He initialisation**: random weights with mean 0 and a standard deviation of $\sqrt{2 / m}$ for $m$ inputs, where the 2 makes up for the half that ReLU switches off. **Predict** the shape of both curves.


# %%
def deep_stack(activation, initializer):
    keras.utils.set_random_seed(0)
    hidden = [layers.Dense(64, activation, kernel_initializer=initializer) for _ in range(10)]
    return keras.Sequential([keras.Input((784,)), *hidden, layers.Dense(10)])


def gradient_norms(model):
    with tf.GradientTape() as tape:
        batch_loss = loss(y_train[:256], model(x_train[:256]))
    slopes = tape.gradient(batch_loss, [layer.kernel.value for layer in model.layers])
    return np.array([np.linalg.norm(slope) for slope in slopes])


settings = {"sigmoid": ("sigmoid", "glorot_uniform"), "ReLU + He": ("relu", "he_normal")}
stacks = {name: deep_stack(*setting) for name, setting in settings.items()}
norms = {name: gradient_norms(stack) for name, stack in stacks.items()}

# %% name="vanishing-gradients" alt="Length of the gradient against layer, 1 next to the input to 11 the output, on a logarithmic axis. For sigmoid it falls in a straight line from near 1 at the output to less than one hundred-thousandth at the input. For ReLU with He initialisation it is nearly level."
plots.curves(None, norms, "layer (1 = next to the input)", "length of the gradient")
plt.yscale("log")
plt.show()
for name, lengths in norms.items():
    print(f"{name:9}  next to the input {lengths[0]:.1e}, at the output {lengths[-1]:.1e}")
claim("sigmoid: powers of ten spanned", np.ptp(np.log10(norms["sigmoid"])), at_least=4)
claim("ReLU + He: powers of ten spanned", np.ptp(np.log10(norms["ReLU + He"])), at_most=1.3)

# %% [markdown]
# A straight line on a logarithmic axis: every sigmoid layer divides the gradient by about the same factor, as $g' \le \frac{1}{4}$ promised. The layers next to the input hear almost nothing. With ReLU and He each layer hears as much as the next.
#
# Does it matter? We train both for one epoch on the same clothes. **Predict** both accuracies.

# %% name="deep-stacks"
for name, stack in stacks.items():
    stack.compile(optimizer="adam", loss=loss, metrics=["accuracy"])
    stack.fit(x_train, y_train, batch_size=64, epochs=1, verbose=0)
    bounds = {"at_most": 0.4} if name == "sigmoid" else {"at_least": 0.65}
    claim(f"{name}: validation accuracy", stack.evaluate(*val, verbose=0)[1], **bounds)

# %% [markdown]
# The sigmoid stack has learned next to nothing, in the same time, with the same data. (One class for every picture would be right for one in ten.)
#
# ## Play
#
# Your turn: two moons, interleaved, and a network of your choice. Edit the three settings in the last cell and run it again; nothing below depends on it. **Predict** the boundary *before* each run. Worth trying: no hidden layer; one of 2, 3, 4 units; tanh against ReLU; ten layers of sigmoids.


# %%
def play(hidden_layers, units, activation, ax):
    keras.utils.set_random_seed(0)
    x, y = datasets.make_moons(400, noise=0.2, random_state=0)
    hidden = [layers.Dense(units, activation) for _ in range(hidden_layers)]
    model = keras.Sequential([keras.Input((2,)), *hidden, layers.Dense(1, "sigmoid")])
    model.compile(optimizer=keras.optimizers.Adam(0.03), loss="binary_crossentropy")
    model.fit(x, y, batch_size=32, epochs=30, verbose=0)
    accuracy = np.mean((np.array(model(x))[:, 0] > 0.5) == y)
    plots.decision_boundary(model, x, y, inputs, ["upper moon", "lower moon"], ax)
    shape = f"{hidden_layers} × {units} {activation}" if hidden_layers else "no hidden layer"
    ax.set_title(f"{shape}: {accuracy:.1%} right")
    return accuracy


# %% name="playground" alt="Two panels of the two moons, interleaved half circles. Left, without a hidden layer: a straight boundary cuts off the tips of both moons. Right, two hidden layers of eight ReLU units: the boundary winds between the moons."
hidden_layers, units, activation = 2, 8, "relu"
_, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
gain = play(hidden_layers, units, activation, right) - play(0, 0, None, left)
print(f"gained on the straight line: {100 * gain:.1f} percentage points of accuracy")
plt.show()

# %% [markdown]
# Notice the corners of the boundary: ReLU networks are made of flat pieces. If a network of yours gains nothing, you have found one that bends too little, or one that got stuck.
#
# ## Recap
#
# - A hidden layer redraws the data until one straight cut is enough; without an activation it can only tilt and stretch, which brings no new cut.
# - Slopes decide: a sigmoid passes on at most a quarter, so deep stacks fall silent, while ReLU with He initialisation keeps the gradient alive.
# - Backpropagation is the chain rule from the cost to the inputs; slopes add up over paths, and differences and autodiff prove it right.
# - Subtract the largest score and work with logarithms, and softmax cross-entropy never overflows.
# - `Dense` holds $(m + 1)\,k$ parameters; validation data come out of the training part, and the test set is used once.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/02_multilayer_perceptrons.ipynb](exercises/02_multilayer_perceptrons.ipynb).
#
# ## Further reading
#
# - Rumelhart, Hinton and Williams (1986), "Learning representations by back-propagating errors", *Nature* 323: four pages that made hidden layers learn.
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapter 6: XOR, activations and backpropagation in depth.
# - Hornik, Stinchcombe and White (1989), "Multilayer feedforward networks are universal approximators": what the theorem says, and what it does not.
# - Glorot and Bengio (2010), "Understanding the difficulty of training deep feedforward neural networks": the vanishing gradient, measured.
# - He, Zhang, Ren and Sun (2015), "Delving deep into rectifiers": where the 2 in $\sqrt{2/m}$ comes from.
