# %% [markdown]
# # 01 Logistic regression
#
# **How does one neuron learn?**
#
# After this lesson you can
#
# - turn a linear score into a probability, and say what a wrong probability costs;
# - derive the gradient of that cost, check it, and descend along it in NumPy;
# - catch three mistakes that raise no error: unscaled features, leakage, no penalty;
# - fit one model in NumPy, scikit-learn and Keras, and show that all three agree;
# - judge a classifier by more than its accuracy, and set its threshold by what mistakes cost.
#
# **Data:** Wisconsin breast cancer, 569 tumours with 30 measurements each.
#
# **You will see:** one neuron learn to tell malignant from benign tumours, and the smallest problem that it can never learn.
#
# **You need:** lesson 00, or Python with a little NumPy and the chain rule.
#
# **Minutes:** 35 to read, 70 to do, 1 to run.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from sklearn import linear_model, metrics, model_selection, preprocessing

from course_utils import plots
from course_utils.checks import claim, claim_table
from course_utils.data import load_breast_cancer

keras.utils.set_random_seed(0)
plots.use_style()

# %% [markdown]
# ## Look at the data
#
# Each row of `x` is one tumour, described by 30 **features**: measurements of its cell nuclei under the microscope.
# Its **label** `y` is what we want to predict: 1 for malignant, 0 for benign.
#
# Before we look closer we split the tumours in three. The **training set** is for fitting, the **validation set** for
# every choice we make, and the **test set** for one look at the very end. `stratify` gives each part the same share of malignant tumours.

# %%
data = load_breast_cancer()
x_train, x_rest, y_train, y_rest = model_selection.train_test_split(
    data.x, data.y, train_size=0.6, stratify=data.y, random_state=0
)
x_val, x_test, y_val, y_test = model_selection.train_test_split(
    x_rest, y_rest, train_size=0.5, stratify=y_rest, random_state=0
)
print("training", x_train.shape, "validation", x_val.shape, "test", x_test.shape)

# %% [markdown]
# Each part is a table, tumours × features. For pictures we take two of the 30: the mean area of a nucleus, and how much its radius varies locally, which the data set calls smoothness.
#
# **Predict:** does one straight cut separate the classes?

# %% name="two-features" alt="Scatter plot of the training tumours, mean area against mean smoothness. Malignant tumours lie mostly to the right, at larger areas, benign ones to the left; they overlap between about 400 and 800 square pixels."
pair = [data.feature_names.index("mean area"), data.feature_names.index("mean smoothness")]
pair_names = ["mean area (square pixels)", "mean smoothness"]
area = x_train[:, pair[0]]
plots.class_scatter(x_train[:, pair], y_train, pair_names, data.class_names)
plt.show()

# %% [markdown]
# Nearly. A slanted line gets most tumours right, but the classes overlap, so we want a *probability* and not a verdict.
# Notice the axes too: one feature counts in hundreds, the other in hundredths. That will matter.
#
# ## Fit a straight line first
#
# The oldest model predicts a number, $f(x) = w x + b$, a **weight** times the feature plus a **bias**, with the $w$ and $b$ that make the squared error
# $J = \frac{1}{2}\sum_i (y_i - f(x_i))^2$ smallest. We ask it for the label. **Predict:** which values will it give?

# %% name="straight-line" alt="Labels 0 and 1 as two rows of points against mean area, with the straight line of least squares through them. The line starts below 0 at the smallest areas and climbs above 1.5 at the largest."
line = np.polyval(np.polyfit(area, y_train, deg=1), area)
claim("lowest value of the line", line.min(), at_most=0)
claim("highest value of the line", line.max(), at_least=1)
plots.class_scatter(np.c_[area, y_train], y_train, [pair_names[0], "label"], data.class_names)
plt.plot(np.sort(area), np.sort(line), color="black")
plt.show()

# %% [markdown]
# Some tumours get less than nothing, others more than certainty: this is no probability. And a huge tumour, plainly malignant, counts as a big *error* and drags the line down.
#
# A better model needs its weights found some other way. Trying them all is hopeless: ten values for each of 30 weights and a bias make $10^{31}$ combinations,
# and a billion a second would take 20,000 times the age of the universe. A search must know which **direction** is down.
#
# ## Decide with a step
#
# McCulloch and Pitts (1943) proposed a **threshold unit**: compute a score $z = w \cdot x + b$, answer 1 if it is above zero, else 0.
# Rosenblatt's **perceptron rule** (1957) learns the weights from mistakes. With $\hat y$ for the answer given, $w \leftarrow w + \eta\,(y - \hat y)\,x$ moves them towards an input that should have got a 1, and away from one that should have got a 0.
# The factor $\eta$ is the **learning rate**, 1 in the code below. The first task is OR: answer 1 if either input is 1.


# %%
def step(z):
    return np.where(z > 0, 1, 0)


def perceptron(x, y, num_passes):
    weights, bias = np.zeros(x.shape[1]), 0.0
    for number in range(1, num_passes + 1):
        for features, label in zip(x, y, strict=True):
            error = label - step(weights @ features + bias)
            weights, bias = weights + error * features, bias + error
        mistakes = np.sum(step(x @ weights + bias) != y)
        print(f"pass {number}: {mistakes} of {len(y)} wrong")


corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
perceptron(corners, y=np.array([0, 1, 1, 1]), num_passes=4)

# %% [markdown]
# It learns: no mistake is left. But the rule comes to rest only if some line makes no mistake at all, and in the scatter plot none does.
# Could we go downhill on the share of mistakes instead? We give a unit the area alone, put its bias at 1000 places, and nudge it. **Predict:** what is the slope?


# %%
def share_wrong(bias):
    return np.mean(step(area + bias) != y_train)


biases = np.random.default_rng(0).uniform(-2000, -200, size=1000)
slopes = [(share_wrong(bias + 1e-6) - share_wrong(bias - 1e-6)) / 2e-6 for bias in biases]
claim("slope of the share of mistakes at 1000 places", slopes, equals=0)

# %% [markdown]
# Zero, everywhere we looked. A tiny nudge changes nobody's answer, so nothing says which way to go: there is nothing to descend.
#
# ## Soften the step
#
# The fix is a step that rises smoothly. The **logistic function**, or **sigmoid**, $\sigma(z) = \dfrac{1}{1 + e^{-z}}$, turns any score into a number between 0 and 1
# that we may read as a probability. Its slope is $\sigma'(z) = \sigma(z)\,(1 - \sigma(z))$. (We clip $z$ only to keep `exp` from overflowing.)


# %% name="step-and-logistic" alt="Two curves against the score from -6 to 6. The step is flat, with one jump from 0 to 1 at score 0. The logistic function rises smoothly from 0 to 1, steepest at score 0 where it is one half."
def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


z = np.linspace(-6, 6, 401)
plots.curves(z, {"step": step(z), "logistic function": sigmoid(z)}, "score z", "answer")
plt.show()

# %% [markdown]
# The blue step is flat wherever it has a slope at all. The logistic function says at *every* score which way is up, loudest where the unit is undecided.
#
# ## Put a cost on a wrong probability
#
# The model now gives each tumour a probability $p$ of being malignant; so a malignant one had probability $p$, a benign one $1 - p$.
# The cost of one example is minus the logarithm of the probability of what happened. This is the negative log-likelihood of a yes-or-no (Bernoulli) outcome, also called **cross-entropy**:
#
# $$\ell(p, y) = -\,y \ln p - (1 - y) \ln (1 - p)$$
#
# A malignant tumour costs $-\ln 0.6 = 0.51$ at $p = 0.6$, and $-\ln 0.86 = 0.15$ at $p = 0.86$.
# One of the slide decks behind this course lost the minus signs. **Predict:** which $p$ would descent choose then?


# %% name="cross-entropy" alt="The cost of a malignant tumour against the probability p that it was given. The curve −ln p falls from above 4 near p = 0 to 0 at p = 1. The same curve without its minus sign is its mirror image below zero, with its lowest point near p = 0."
def cross_entropy(p, y):
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


claim("−ln 0.6", cross_entropy(p=0.6, y=1), equals=0.51, within=0.005)
claim("−ln 0.86", cross_entropy(p=0.86, y=1), equals=0.15, within=0.005)
p = np.linspace(0.01, 0.99, 99)
named = {"−ln p": cross_entropy(p, 1), "the minus sign lost": -cross_entropy(p, 1)}
plots.curves(p, named, "probability p given to malignant", "cost of a malignant tumour")
plt.show()

# %% [markdown]
# Sure and right costs next to nothing; sure and wrong costs without limit. With the sign lost, the lowest cost belongs to the model that is sure and wrong.
#
# ## Derive the gradient, then distrust it
#
# The cost of the weights is the average over all $n$ examples, $J(w, b) = \frac{1}{n} \sum_i \ell(p_i, y_i)$. Its **gradient** $\nabla J$ is the list of its slopes, one for each weight. The chain rule, with $z = w \cdot x + b$ and $p = \sigma(z)$, gives
#
# $$\frac{\partial \ell}{\partial w} = \frac{\partial \ell}{\partial p}\,\frac{\partial p}{\partial z}\,\frac{\partial z}{\partial w} = \frac{p - y}{p\,(1 - p)} \cdot p\,(1 - p) \cdot x = (p - y)\,x$$
#
# The awkward factors cancel; what is left is *error times input*. In code we write the cost as $\ln(1 + e^z) - y z$, which equals $\ell$ and never meets $\ln 0$; `np.logaddexp(0, z)` is that logarithm, without overflow.


# %%
def cost(weights, bias, x, y):
    z = x @ weights + bias
    return np.mean(np.logaddexp(0, z) - y * z)


def gradient(weights, bias, x, y):
    error = sigmoid(x @ weights + bias) - y
    return x.T @ error / len(y), np.mean(error)


knows_nothing = cost(np.zeros(30), 0.0, x_train, y_train)
claim("cost at zero weights", knows_nothing, equals=np.log(2), within=1e-9)

# %% [markdown]
# Without knowledge every $p$ is one half, and the cost is $\ln 2$. Now distrust: a gradient that you derived yourself may be wrong and still run.
#
# **Finite differences** nudge one weight at a time and watch the cost. **Automatic differentiation** records every operation on a tape and applies the chain rule to it;
# we let TensorFlow differentiate Keras's own cross-entropy, which knows nothing of our code.

# %%
x_check, w_check = np.random.default_rng(0).normal(size=(20, 3)), np.array([1.0, -2.0, 0.5])
here = 0.5, x_check, np.arange(20) % 2
by_hand, _ = gradient(w_check, *here)
rises = [cost(w_check + e, *here) - cost(w_check - e, *here) for e in 1e-5 * np.eye(3)]
claim("gradient, by hand − by differences", by_hand - np.divide(rises, 2e-5), equals=0, within=1e-8)

# %%
weights = tf.Variable(w_check)
with tf.GradientTape() as tape:
    scores = tf.linalg.matvec(x_check, weights) + 0.5
    loss = keras.losses.binary_crossentropy(np.arange(20) % 2, scores, from_logits=True)
difference = by_hand - tape.gradient(loss, weights)
claim("gradient, by hand − by autodiff", difference, equals=0, within=1e-6)

# %% [markdown]
# Three ways, one gradient. ("Logits" is Keras's word for scores before the sigmoid.)
#
# ## Descend
#
# The gradient points uphill, so we step against it, many times: $w \leftarrow w - \eta\,\nabla J(w)$. This is **gradient descent**, in essence the learning algorithm behind every network in this course.
# (Leave `penalty` at zero for now.)
#
# The wrong way first: our two features as they come, in their own units. Then the same features **standardised**: from each we subtract its mean and divide by its standard deviation, both measured on the training set.
# **Predict:** which of the three runs has learned something after 200 steps?


# %%
def gradient_descent(x, y, learning_rate, num_steps, penalty=0.0):
    weights, bias = np.zeros(x.shape[1]), 0.0
    history = {"loss": [], "path": []}
    for _ in range(num_steps):
        history["loss"].append(cost(weights, bias, x, y))
        history["path"].append((weights, bias))
        weights_slope, bias_slope = gradient(weights, bias, x, y)
        weights = weights - learning_rate * (weights_slope + penalty * weights)
        bias = bias - learning_rate * bias_slope
    return weights, bias, history


_, _, fast = gradient_descent(x_train[:, pair], y_train, learning_rate=1.0, num_steps=200)
_, _, slow = gradient_descent(x_train[:, pair], y_train, learning_rate=1e-6, num_steps=200)

# %% name="scaling" alt="Cost against step on a logarithmic axis, 200 steps. Raw features with learning rate 1: the cost jumps up and down in the tens of thousands. Raw features with learning rate one millionth: flat near 0.69. Standardised features with learning rate 1: falls within a few steps to about 0.2."
mean, deviation = x_train.mean(axis=0), x_train.std(axis=0)
x_train_scaled, x_val_scaled = (x_train - mean) / deviation, (x_val - mean) / deviation
x_pair = x_train_scaled[:, pair]
_, _, good = gradient_descent(x_pair, y_train, learning_rate=1.0, num_steps=200)
with claim_table():
    worst = max(fast["loss"][-50:])
    claim("raw, η = 1: highest cost of the last 50 steps", worst, at_least=1)
    claim("raw, η = 0.000001: final cost", slow["loss"][-1], at_least=0.68)
    claim("standardised, η = 1: final cost", good["loss"][-1], at_most=0.3)

named = {"raw, η = 0.000001": slow["loss"], "raw, η = 1": fast["loss"]}
plots.curves(None, {**named, "standardised, η = 1": good["loss"]}, "step", "cost")
plt.yscale("log")
plt.show()

# %% [markdown]
# On raw features a rate of 1 explodes, and at a rate small enough for the large feature nothing moves at all. Standardised, the same code learns: only the units changed.
#
# Good units leave one thing to choose, the learning rate. We let three of them descend, and draw the first 30 steps over the **loss surface**: the cost above the plane of the two weights, lighter where it is lower (bias held at its best value).
# **Predict** the three paths.

# %% name="loss-surface" alt="Left: the loss surface above the plane of two weights, lighter where the cost is lower, with three paths from zero. At rate 0.01 the path is a short stub, at 10 it runs into the lowest region and stays, at 100 it leaps far over it and back. Right: the training tumours over the probability that the model gives; a straight slanted black line, where the probability is one half, runs between benign and malignant."
runs = {rate: gradient_descent(x_pair, y_train, rate, num_steps=200) for rate in (100, 10, 0.01)}
highest = {rate: max(run[2]["loss"][-50:]) for rate, run in runs.items()}
with claim_table():
    claim("η = 0.01: highest cost of the last 50 steps", highest[0.01], at_least=0.3)
    claim("η = 10: highest cost of the last 50 steps", highest[10], at_most=0.3)
    claim("η = 100: highest cost of the last 50 steps", highest[100], at_least=0.3)

paths = {f"η = {rate:g}": [w for w, _ in run[2]["path"][:30]] for rate, run in runs.items()}
weights, bias, _ = runs[10]
labels = ["area (standardised)", "smoothness (standardised)"], data.class_names
figure, (left, right) = plt.subplots(1, 2, figsize=(10.5, 4.2))
plots.descent_paths(lambda w: cost(w, bias, x_pair, y_train), paths, ((-3, 21), (-6, 14)), left)
plots.decision_boundary(lambda x: sigmoid(x @ weights + bias), x_pair, y_train, *labels, right)
plt.show()

# %% [markdown]
# Left: 0.01 creeps (a stub where all three start), 10 arrives, 100 leaps over the valley and back. Right, the weights where the middle path ends: the black line is the **decision boundary**, where $p = \frac{1}{2}$. It is straight because the score is linear.
#
# ## Break it: let the answers leak
#
# Why take mean and deviation from the training set alone? Wrong first: scikit-learn's `StandardScaler` computes them, and we let it see *all* tumours. Nothing looks odd, but there is a test for such **leakage**: spoil the test set and see whether anything that we train on moves.
# **Predict:** does it? And how far is leaky from honest data if nobody spoils anything?

# %%
leaky = preprocessing.StandardScaler().fit(data.x).transform(x_train)
spoilt = np.concatenate([x_train, x_val, 2 * x_test])
moved = leaky - preprocessing.StandardScaler().fit(spoilt).transform(x_train)
largest = np.abs(moved).max()
claim("spoilt test set: largest move of the training data", largest, at_least=0.5)
on_average = np.abs(leaky - x_train_scaled).mean()
claim("nothing spoilt: leaky − honest, on average", on_average, at_most=0.1)

# %% [markdown]
# The leak is real: the test set has a hand in the training data. But here it hardly changes them, and that is why nobody notices. The same slip with a step that *looks at the labels* is another matter.
#
# We invent 100 patients with 2000 measurements of pure noise and labels that mean nothing, keep the 20 measurements that go best with the labels, and train on 50 of the patients. The other 50 are the test.
# **Predict** the test accuracy if the 20 were chosen on all patients, and if on the training patients alone.


# %% name="noise"
def accuracy_on_noise(random, leak):
    x, y = random.normal(size=(100, 2000)), np.arange(100) % 2
    seen = slice(None) if leak else slice(50)
    chosen = np.argsort(np.abs((2 * y[seen] - 1) @ x[seen]))[-20:]
    weights, bias, _ = gradient_descent(x[:50, chosen], y[:50], learning_rate=0.1, num_steps=100)
    return np.mean(step(x[50:, chosen] @ weights + bias) == y[50:])


random = np.random.default_rng(0)
leaky, honest = ([accuracy_on_noise(random, leak) for _ in range(20)] for leak in (True, False))
print("mean test accuracy of 20 repetitions")
claim("noise chosen on all patients", np.mean(leaky), at_least=0.7)
claim("noise chosen on the training patients", np.mean(honest), equals=0.5, within=0.1)

# %% [markdown]
# There is nothing to learn, yet the leaky version looks like a success; the honest one tosses a coin. The rule: split first, then *everything* that is measured, chosen or fitted comes from the training set.
#
# ## Use all 30 features, and rein the weights in
#
# Two features were not enough for a cut without mistakes on the training set; the first cell asks whether 30 are. Suppose they are, with weights $w$ and bias $b$: what do $2w$ and $2b$ cost? **Predict:** where does the descent end?
#
# The second cell descends again, with a price on large weights. This **L2 penalty** makes the cost $J(w, b) + \frac{\lambda}{2}\lVert w \rVert^2$, which adds $\lambda w$ to the gradient of the weights; the bias goes free, for it only sets the level.
# $\lambda$ is the **weight penalty**, not to be confused with the learning rate $\eta$.

# %%
exact = linear_model.LogisticRegression(C=1e6, max_iter=10_000).fit(x_train_scaled, y_train)
claim("accuracy on the training set", exact.score(x_train_scaled, y_train), equals=1)
_, _, free = gradient_descent(x_train_scaled, y_train, 0.5, num_steps=10_000)
sizes = np.array([np.linalg.norm(free["path"][number][0]) for number in (10, 100, 1000, 9999)])
print("‖w‖ after 10, 100, 1,000 and 10,000 steps:", sizes.round(2))
claim("growth of ‖w‖ with 10 times more steps", sizes[1:] / sizes[:-1], at_least=1.5)

# %% name="weights-grow" alt="Two panels over the step on a logarithmic axis up to 10,000. Left: without a penalty the size of the weights keeps climbing, with the penalty it levels off early. Right: without a penalty the training cost keeps falling while the dashed validation cost turns and rises; with the penalty both level off."
penalty = 0.01
best_weights, best_bias, held = gradient_descent(x_train_scaled, y_train, 0.5, 10_000, penalty)

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
for name, history in {"no penalty": free, "λ = 0.01": held}.items():
    size = [np.linalg.norm(weights) for weights, _ in history["path"]]
    plots.curves(None, {name: size}, "step", "size of the weights ‖w‖", left)
    val_loss = [cost(*parameters, x_val_scaled, y_val) for parameters in history["path"]]
    named = {f"training, {name}": history["loss"], f"validation, {name}": val_loss}
    plots.curves(None, named, "step", "cost", right)
left.set(xscale="log")
right.set(xscale="log", ylim=(0, 0.7))
plt.show()

# %% [markdown]
# It never ends. Where $w$ and $b$ make no mistake, neither do $2w$ and $2b$, and every score is surer, so they cost less: without a penalty the weights grow for ever (left), with one they settle.
# Right: the training cost falls and falls, while the dashed curve, for tumours that the model has not seen, turns upward. Whether and when it turns depends on the split; that the weights grow does not.
#
# ## Fit the same model three times
#
# With the penalty the cost is a bowl with one lowest point, so every correct program must end there. Each library writes the penalty in its own way:
#
# - scikit-learn minimises $\frac{1}{2}\lVert w \rVert^2 + C \sum_i \ell_i$, so $C = 1 / (n \lambda)$;
# - Keras adds `l2` times $\lVert w \rVert^2$, without the half, so `l2` is $\lambda / 2$.
#
# Both leave the bias free. In Keras a neuron is `Dense(1)`: a score, then its `activation`; its weights are called *kernel*, which has nothing to do with the notebook's. `compile` says how it will learn, `fit` runs the descent, here with all tumours in each step. Its weights start at random, and **momentum** (lesson 03) adds part of the last step to the next, which saves many of them.

# %%
reference = linear_model.LogisticRegression(C=1 / (len(y_train) * penalty), tol=1e-8)
reference.fit(x_train_scaled, y_train)
claim("NumPy − scikit-learn, weights", best_weights - reference.coef_, equals=0, within=1e-4)
claim("NumPy − scikit-learn, bias", best_bias - reference.intercept_, equals=0, within=1e-4)

# %%
l2 = keras.regularizers.L2(penalty / 2)
neuron = keras.layers.Dense(1, activation="sigmoid", kernel_regularizer=l2)
keras_model = keras.Sequential([keras.Input(shape=(30,)), neuron])
optimizer = keras.optimizers.SGD(learning_rate=0.5, momentum=0.9)
keras_model.compile(optimizer=optimizer, loss="binary_crossentropy", metrics=["accuracy"])

# %%
keras_model.fit(x_train_scaled, y_train, batch_size=len(y_train), epochs=200, verbose=0)
kernel, bias = keras_model.get_weights()
print("kernel", kernel.shape, "bias", bias.shape)
claim("NumPy − Keras, weights", best_weights - kernel[:, 0], equals=0, within=1e-3)
claim("NumPy − Keras, bias", best_bias - bias, equals=0, within=1e-3)

# %% [markdown]
# Three programs, one neuron. Agreement like this is the best evidence that you know what each of them computes.
#
# ## Judge it
#
# **Accuracy** counts right answers. A doctor asks more:
#
# - of the ill, what share does it flag (**sensitivity**, or recall)?
# - of the healthy, what share does it leave in peace (**specificity**)?
# - of those it flags, what share is ill (**precision**)? **F1** is the harmonic mean of precision and sensitivity.


# %% name="confusion-matrix" alt="Confusion matrix of the 114 validation tumours: a row for each true class, a column for each predicted one. Nearly all counts stand on the diagonal."
def judge(y, flagged):
    sensitivity, specificity = np.mean(flagged[y == 1]), np.mean(~flagged[y == 0])
    precision = np.mean(y[flagged] == 1)
    f1 = 2 * precision * sensitivity / (precision + sensitivity)
    return np.mean(flagged == y), sensitivity, specificity, precision, f1


p_val = sigmoid(x_val_scaled @ best_weights + best_bias)
names = ("accuracy", "sensitivity", "specificity", "precision", "F1")
for name, value in zip(names, judge(y_val, p_val >= 0.5), strict=True):
    print(f"{name:12} {value:.3f}")
plots.confusion_matrix(metrics.confusion_matrix(y_val, p_val >= 0.5), data.class_names)
plt.show()

# %% [markdown]
# The two kinds of mistake are not alike: bottom left are cancers missed, top right false alarms. And flagging at $p \ge \frac{1}{2}$ is only one choice.
#
# The **ROC curve** (receiver operating characteristic) shows them all: lower the **threshold** tumour by tumour, and plot what share of the ill is flagged against what share of the healthy.
# The area under it, **AUC**, is the chance that a random malignant tumour gets a higher $p$ than a random benign one. **Predict:** what area has a coin?

# %% name="roc-curve" alt="ROC curve on the validation tumours. It climbs almost straight up the left edge to nearly 1 and then runs along the top, far above the dotted diagonal of chance."
ill, healthy = p_val[y_val == 1], p_val[y_val == 0]
thresholds = np.append(1, np.sort(p_val)[::-1])[:, np.newaxis]
sensitivities, alarm_rates = (ill >= thresholds).mean(axis=1), (healthy >= thresholds).mean(axis=1)
auc = np.trapezoid(sensitivities, alarm_rates)
in_order = np.mean(ill[:, np.newaxis] > healthy)
theirs = metrics.roc_auc_score(y_val, p_val)
with claim_table():
    claim("AUC on the validation set", auc, at_least=0.95)
    claim("AUC − share of pairs in order", auc - in_order, equals=0, within=1e-9)
    claim("AUC, ours − scikit-learn's", auc - theirs, equals=0, within=1e-9)
plots.roc_curve(alarm_rates, sensitivities, "one neuron, 30 features")
plt.show()

# %% [markdown]
# A coin flags both alike: the dotted diagonal, area one half. Our neuron keeps to the top left corner.
#
# ## Choose the threshold by what mistakes cost
#
# In **screening**, a missed cancer is far worse than a false alarm; when **confirming** before an operation, it is the other way round. Suppose the worse mistake costs ten times the other.
# Flagging pays when *not* flagging would cost more on average. For screening that is $10\,p > 1 - p$, or $p > \frac{1}{11}$. **Predict** the threshold for confirming.

# %% name="threshold-cost" alt="Total cost of the mistakes on the validation set, on a logarithmic axis, against the threshold. For screening, where a miss is ten times as dear, the cost is lowest at a low threshold and climbs to the right. For confirming, where a false alarm is ten times as dear, it starts very high and is lowest farther right."
misses, alarms = len(ill) * (1 - sensitivities), len(healthy) * alarm_rates
named = {"screening": 10 * misses + alarms, "confirming": misses + 10 * alarms}
for purpose, costs in named.items():
    cheapest = thresholds[np.argmin(costs), 0]
    print(f"{purpose}: cheapest on these tumours at threshold {cheapest:.3f}")
print(f"by theory: {1 / 11:.3f} and {10 / 11:.3f}")

between = (p_val >= 1 / 2) & (p_val < 10 / 11)
print("tumours with p between 1/2 and 10/11:")
print(f"mean p {p_val[between].mean():.3f}, share malignant {y_val[between].mean():.3f}")
plots.curves(thresholds[:, 0], named, "threshold", "cost (the cheaper mistake = 1)")
plt.yscale("log")
plt.show()

# %% [markdown]
# Theory says $p > \frac{10}{11}$ for confirming; on these tumours a far lower threshold is cheapest. Luck has a part in it: the curves are jagged because few tumours decide them. But there is a reason, too. Theory takes $p$ at its word: of all tumours with $p = 0.9$, nine in ten are malignant. Such probabilities are called **calibrated**, and ours are not. The last line compares what $p$ says with what is: the penalty holds the weights small, so every $p$ stays nearer to one half than it should.
#
# To calibrate a model takes more than these 114 tumours, and a threshold read off the curve would be luck. So we keep the $\frac{1}{11}$ for screening: with such a $p$ it tends to flag too many rather than too few.
#
# All choices are made. Now the test set, **once**. One more question: over a third of these tumours are malignant, but in a screening it may be 1 person in 100. That is **class imbalance**: whoever calls everyone healthy is right 99 times in 100 and finds nobody.
# **Predict:** with 99 healthy people for each ill one, how many false alarms come with each cancer found?

# %% name="one-look"
p_test = sigmoid((x_test - mean) / deviation @ best_weights + best_bias)
claim("accuracy on the test set, p ≥ 1/2", np.mean((p_test >= 0.5) == y_test), at_least=0.92)
_, sensitivity, specificity, _, _ = judge(y_test, p_test >= 1 / 11)
print("screening, p ≥ 1/11, on the test set:")
print(f"sensitivity {sensitivity:.3f}, specificity {specificity:.3f}")
false_alarms = 99 * (1 - specificity) / sensitivity
claim("false alarms for each cancer found", false_alarms, at_least=1)

# %% [markdown]
# Nothing about the neuron changed, only who comes to be tested; yet its precision falls so far that false alarms outnumber the cancers found: for each of them there are $99\,(1 - \text{specificity}) / \text{sensitivity}$. Sensitivity, specificity and accuracy never told you.
#
# ## From one neuron to a stack
#
# XOR asks for 1 if *exactly one* input is 1. **Predict:** the perceptron learned OR; will it learn XOR? Will the logistic neuron, on four clouds around the corners?

# %% name="xor" alt="Four clouds of points around the corners of a square; opposite corners share a class. The shading behind them is pale everywhere: the neuron gives every point a probability near one half."
xor, random = np.array([0, 1, 1, 0]), np.random.default_rng(0)
perceptron(corners, xor, num_passes=4)
x_clouds, y_clouds = np.tile(corners, (50, 1)) + random.normal(0, 0.12, (200, 2)), np.tile(xor, 50)
weights, bias, history = gradient_descent(x_clouds, y_clouds, learning_rate=1.0, num_steps=500)
claim("cost on XOR", history["loss"][-1], equals=np.log(2), within=0.03)

labels = ["first input", "second input"], ["0", "1"]
plots.decision_boundary(lambda x: sigmoid(x @ weights + bias), x_clouds, y_clouds, *labels)
plt.show()

# %% [markdown]
# Neither learns it. The cost stays at that of a coin, $\ln 2$, and the shading stays pale: no straight line has the right clouds on either side. Minsky and Papert proved it in 1969; their book is one of the reasons why the field lost heart, though not the only one (lesson 00).
#
# The way out: neurons that read the same input form a **layer**, $a = g(W x + b)$, with a row of $W$ for each of them, and a layer that reads another's answers makes a **stack**. Let two units compute OR and AND, and a third on top "OR, but not AND".

# %%
layer = step(corners @ np.array([[1, 1], [1, 1]]) + np.array([-0.5, -1.5]))
stack = step(layer @ np.array([1, -1]) - 0.5)
print("OR, AND of each corner:", layer.tolist())
claim("a stack of three neurons on XOR", stack, equals=xor)

# %% [markdown]
# The first layer *redraws* the corners so that one line is enough. We chose its weights by hand. Lesson 02 lets gradient descent find them.
#
# ## Recap
#
# - The sigmoid turns a score into a probability, and cross-entropy makes "sure and wrong" the dearest mistake.
# - The gradient is error times input; finite differences and autodiff confirm it, and descent follows it downhill.
# - Unscaled features, leakage and a missing penalty raise no error: standardise, split first, price large weights.
# - One penalised problem has one optimum; NumPy, scikit-learn and Keras all reach it.
# - Sensitivity, specificity, precision, F1 and AUC say what accuracy hides, and costs set the threshold.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/01_logistic_regression.ipynb](exercises/01_logistic_regression.ipynb).
#
# ## Further reading
#
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapters 5 and 6.2: maximum likelihood and why sigmoid goes with cross-entropy.
# - Hastie, Tibshirani and Friedman, *The Elements of Statistical Learning*, sections 4.4 and 7.10.2: logistic regression, and the wrong and right way to choose features.
# - Street, Wolberg and Mangasarian (1993), "Nuclear feature extraction for breast tumor diagnosis": where our 30 features come from.
# - Rosenblatt (1958), "The perceptron", *Psychological Review* 65: the learning rule in its author's words.
# - Saito and Rehmsmeier (2015), "The precision-recall plot is more informative than the ROC plot", *PLoS ONE* 10: what imbalance does to both curves.
