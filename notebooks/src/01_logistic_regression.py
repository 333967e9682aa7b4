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
# **Minutes:** 45 to read, 70 to do, 1 to run.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from ipywidgets import FloatLogSlider, FloatSlider, interact
from keras import layers, losses
from sklearn import linear_model, metrics, model_selection, preprocessing

from course_utils import plots
from course_utils.checks import claim, claim_table
from course_utils.data import load_breast_cancer

keras.utils.set_random_seed(0)
random = np.random.default_rng(0)  # seed 0: the same numbers in every run
plots.use_style()

# %% [markdown]
# ## Look at the data
#
# Each tumour is described by 30 **features**: measurements of its cell nuclei under the microscope. Its **label** is what we want to predict: 1 for malignant, 0 for benign. A program that predicts such a class is a **classifier**.

# %%
data = load_breast_cancer()
print("features", data.x.shape, "labels", data.y.shape)
print("malignant:", np.sum(data.y == 1), "benign:", np.sum(data.y == 0))

# %% [markdown]
# A row for each tumour, a column for each feature. Before we look closer we split the tumours in three, at random. The **training set** is for fitting, the **validation set** for every choice we make, and the **test set** for one look at the very end.

# %%
# stratify: each part gets the same share of malignant tumours
x_train, x_rest, y_train, y_rest = model_selection.train_test_split(
    data.x, data.y, train_size=0.6, stratify=data.y, random_state=0
)
x_val, x_test, y_val, y_test = model_selection.train_test_split(
    x_rest, y_rest, train_size=0.5, stratify=y_rest, random_state=0
)
print("training", x_train.shape, "validation", x_val.shape, "test", x_test.shape)

# %% [markdown]
# For pictures we take two of the 30 features: the mean area of a nucleus, and how much its radius varies locally, which the data set calls smoothness.
#
# **Predict:** does one straight cut separate the classes?

# %% name="two-features" alt="Scatter plot of the training tumours, mean area against mean smoothness. Malignant tumours lie mostly to the right, at larger areas, benign ones to the left; they overlap between about 400 and 800 square pixels."
area_column = data.feature_names.index("mean area")
smoothness_column = data.feature_names.index("mean smoothness")
x_pair = x_train[:, [area_column, smoothness_column]]

pair_names = ["mean area (square pixels)", "mean smoothness"]
class_names = data.class_names  # benign, malignant
plots.class_scatter(x_pair, y_train, pair_names, class_names)
plt.show()

# %% [markdown]
# Nearly. A slanted line gets most tumours right, but the classes overlap, so we want a *probability* and not a verdict. Notice the axes too: one feature counts in hundreds, the other in hundredths. That will matter.
#
# ## Fit a straight line first
#
# The oldest model predicts a number, $f(x) = w x + b$: a **weight** $w$ times the feature, plus a **bias** $b$. It takes the $w$ and $b$ that make the squared error $J = \frac{1}{2}\sum_i (y_i - f(x_i))^2$ smallest. We ask it for the label, and give it the area alone. **Predict:** which values will it give?

# %%
area = x_train[:, area_column]
line_weight, line_bias = np.polyfit(area, y_train, deg=1)  # the best w and b
line = line_weight * area + line_bias
print(f"smallest area {area.min():.1f}: the line gives {line.min():.3f}")
print(f"largest area {area.max():.1f}: the line gives {line.max():.3f}")

# %% name="straight-line" alt="Labels 0 and 1 as two rows of points against mean area, with the straight line of least squares through them. The line starts below 0 at the smallest areas and climbs above 1.5 at the largest."
points = np.column_stack([area, y_train])
plots.class_scatter(points, y_train, [pair_names[0], "label"], class_names)
plt.plot(area, line, color="black")
plt.show()

# %%
claim("lowest value of the line", line.min(), at_most=0)
claim("highest value of the line", line.max(), at_least=1)

# %% [markdown]
# Some tumours get less than nothing, others more than certainty: this is no probability. And a huge tumour, plainly malignant, counts as a big *error* and drags the line down.
#
# A better model needs its weights found some other way. Trying them all is hopeless: ten values for each of 30 weights and a bias make $10^{31}$ combinations, and a billion a second would take 20,000 times the age of the universe. A search must know which **direction** is down.
#
# ## Decide with a step
#
# McCulloch and Pitts (1943) proposed a **threshold unit**, a model of a nerve cell or **neuron**: compute a **score** $z = w \cdot x + b$, a weighted sum of all features; answer 1 if it is above zero, else 0.


# %%
def step_function(z):
    return np.where(z > 0, 1, 0)


print(step_function(np.array([-2, 0, 1])))

# %% [markdown]
# Rosenblatt's **perceptron rule** (1957) learns the weights from mistakes. With $\hat y$ ("y hat") for the answer given, it is
#
# $$w \leftarrow w + \eta\,(y - \hat y)\,x, \qquad b \leftarrow b + \eta\,(y - \hat y)$$
#
# The arrow means "becomes". A right answer changes nothing. A 0 that should have been a 1 moves $w$ towards the input, a 1 that should have been a 0 moves it away. The factor $\eta$ (eta) is the **learning rate**, 1 in the code below.


# %%
def one_pass(weights, bias, x, y):
    for features, label in zip(x, y, strict=True):
        answer = step_function(weights @ features + bias)
        error = label - answer  # 0 if right, else 1 or −1
        weights = weights + error * features
        bias = bias + error
    return weights, bias


def perceptron(x, y, num_passes):
    weights = np.zeros(x.shape[1])  # a weight for each feature
    bias = 0.0
    for number in range(1, num_passes + 1):
        weights, bias = one_pass(weights, bias, x, y)
        answers = step_function(x @ weights + bias)
        num_wrong = np.sum(answers != y)
        print(f"pass {number}: {num_wrong} of {len(y)} wrong", weights, bias)


# %% [markdown]
# The first task is OR: answer 1 if either input is 1. After each pass we print the weights and the bias, too.

# %%
corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])  # all inputs that there are
y_or = np.array([0, 1, 1, 1])
perceptron(corners, y_or, num_passes=4)

# %% [markdown]
# It learns: no mistake is left. But the rule comes to rest only if some line makes no mistake at all, and in the scatter plot none does.
#
# Could we go downhill on the share of mistakes instead? We give a unit the area alone, with weight 1, put its bias at 1000 places, and nudge it up and down by a millionth. **Predict:** what is the slope of the share of mistakes there?


# %%
def share_wrong(bias):
    answers = step_function(area + bias)
    return np.mean(answers != y_train)


print(f"wrong at bias −500: {share_wrong(-500):.3f}")
print(f"wrong at bias −700: {share_wrong(-700):.3f}")

# %%
nudge = 1e-6
slopes = []
for bias in random.uniform(-2000, -200, size=1000):
    rise = share_wrong(bias + nudge) - share_wrong(bias - nudge)
    slopes.append(rise / (2 * nudge))
print("smallest slope:", min(slopes), "largest slope:", max(slopes))

# %%
claim("slope of the share of mistakes at 1000 places", slopes, equals=0)

# %% [markdown]
# Zero, everywhere we looked. A tiny nudge changes nobody's answer, so nothing says which way to go: there is nothing to descend.
#
# ## Soften the step
#
# The fix is a step that rises smoothly. The **logistic function**, or **sigmoid**,
#
# $$\sigma(z) = \frac{1}{1 + e^{-z}}$$
#
# ($\sigma$ is sigma) turns any score into a number between 0 and 1 that we may read as a probability. A neuron that answers $\sigma(w \cdot x + b)$ is called **logistic regression**. The function that a neuron applies to its score is its **activation**: a step before, the sigmoid now.


# %%
def sigmoid(z):
    z = np.clip(z, -500, 500)  # np.exp(710) is too large for a float
    return 1 / (1 + np.exp(-z))


for score in [-2, 0, 2]:
    print(f"score {score}: probability {sigmoid(score):.3f}")

# %% name="step-and-logistic" alt="Two curves against the score from -6 to 6. The step is flat, with one jump from 0 to 1 at score 0. The sigmoid rises smoothly from 0 to 1, steepest at score 0 where it is one half."
score_grid = np.linspace(-6, 6, 401)
named = {"step": step_function(score_grid), "sigmoid": sigmoid(score_grid)}
plots.curves(score_grid, named, "score z", "answer")
plt.show()

# %% [markdown]
# The blue step is flat wherever it has a slope at all. The sigmoid says at *every* score which way is up, loudest where the unit is undecided.
#
# We shall need its slope. $\sigma = 1/u$ with $u = 1 + e^{-z}$. The slope of $1/u$ along $u$ is $-1/u^2$, that of $u$ along $z$ is $-e^{-z}$, and by the chain rule they multiply:
#
# $$\sigma'(z) = \frac{e^{-z}}{(1 + e^{-z})^2} = \frac{1}{1 + e^{-z}} \cdot \frac{e^{-z}}{1 + e^{-z}} = \sigma(z)\,(1 - \sigma(z))$$
#
# The last step holds because the two fractions add up to 1.
#
# ## Put a cost on a wrong probability
#
# The model now gives each tumour a probability $p$ of being malignant. So if it *is* malignant, what happened had probability $p$; if it is benign, $1 - p$. That probability of what happened is called the **likelihood**, and a good model makes it large. Over many tumours the likelihoods multiply; the logarithm turns the product into a sum, and a minus sign turns "large is good" into a **cost**, where small is good:
#
# $$\ell(p, y) = -\,y \ln p - (1 - y) \ln (1 - p)$$
#
# For $y = 1$ only the first term is left, $-\ln p$; for $y = 0$ only the second, $-\ln(1 - p)$. This cost is the negative log-likelihood of a yes-or-no (Bernoulli) outcome, also called **cross-entropy**.


# %%
def cross_entropy(p, y):
    return -y * np.log(p) - (1 - y) * np.log(1 - p)


print(f"malignant, p = 0.01: costs {cross_entropy(0.01, y=1):.3f}")
claim("−ln 0.6", cross_entropy(p=0.6, y=1), equals=0.51, within=0.005)
claim("−ln 0.86", cross_entropy(p=0.86, y=1), equals=0.15, within=0.005)

# %% [markdown]
# One of the slide decks behind this course lost the minus signs. **Predict:** which $p$ is cheapest for a malignant tumour then?

# %%
p_grid = np.linspace(0.01, 0.99, 99)
costs_right = cross_entropy(p_grid, y=1)
costs_wrong = -costs_right  # sign lost
cheapest_right = p_grid[np.argmin(costs_right)]  # where the cost is lowest
cheapest_wrong = p_grid[np.argmin(costs_wrong)]
print(f"with the minus sign: cheapest at p = {cheapest_right:.2f}")
print(f"minus sign lost: cheapest at p = {cheapest_wrong:.2f}")

# %% name="cross-entropy" alt="The cost of a malignant tumour against the probability p that it was given. The curve −ln p falls from above 4 near p = 0 to 0 at p = 1. The same curve without its minus sign is its mirror image below zero, with its lowest point near p = 0."
named = {"−ln p": costs_right, "the minus sign lost": costs_wrong}
plots.curves(p_grid, named, "probability p", "cost of a malignant tumour")
plt.show()

# %% [markdown]
# Sure and right costs next to nothing; sure and wrong costs without limit. With the sign lost, the lowest cost belongs to the model that is sure and wrong.
#
# ## Derive the gradient, then distrust it
#
# The cost of the weights is the average over all $n$ examples, $J(w, b) = \frac{1}{n} \sum_i \ell(p_i, y_i)$. Its **gradient** $\nabla J$ (nabla J) is the list of its slopes, one for each weight. A weight changes the score, the score the probability, the probability the cost: three slopes, which the chain rule multiplies.
#
# - $z = w \cdot x + b$ has the slope $\partial z / \partial w = x$: each weight's slope is the feature that it multiplies.
# - $p = \sigma(z)$ has the slope $\partial p / \partial z = p\,(1 - p)$, as we found above.
# - $\ell$ has two terms. The slope of $\ln p$ is $1/p$, that of $\ln(1 - p)$ is $-1/(1 - p)$. So
#
# $$\frac{\partial \ell}{\partial p} = -\frac{y}{p} + \frac{1 - y}{1 - p} = \frac{-y\,(1 - p) + (1 - y)\,p}{p\,(1 - p)} = \frac{p - y}{p\,(1 - p)}$$
#
# (above the line, $-y + yp + p - yp = p - y$). Together:
#
# $$\frac{\partial \ell}{\partial w} = \frac{\partial \ell}{\partial p}\,\frac{\partial p}{\partial z}\,\frac{\partial z}{\partial w} = \frac{p - y}{p\,(1 - p)} \cdot p\,(1 - p) \cdot x = (p - y)\,x$$
#
# The awkward factors cancel; what is left is *error times input*. The bias has $\partial z / \partial b = 1$, so its slope is the error alone, $p - y$.
#
# In code we write the cost as $\ell = \ln(1 + e^z) - y z$, which never meets $\ln 0$. `np.logaddexp(0, z)` is $\ln(e^0 + e^z)$, the same logarithm without overflow.
#
# <details><summary>Why is that the same cost?</summary>
#
# Multiply $p = \frac{1}{1 + e^{-z}}$ by $e^z$ above and below: $p = \frac{e^z}{1 + e^z}$, and so $1 - p = \frac{1}{1 + e^z}$.
#
# For $y = 0$ the cost is $-\ln(1 - p) = \ln(1 + e^z)$. For $y = 1$ it is $-\ln p = \ln(1 + e^z) - \ln e^z = \ln(1 + e^z) - z$. Both are $\ln(1 + e^z) - yz$.
#
# </details>


# %%
def cost(weights, bias, x, y):
    z = x @ weights + bias  # a score for each example
    costs = np.logaddexp(0, z) - y * z
    return np.mean(costs)


knows_nothing = cost(np.zeros(30), 0.0, x_train, y_train)
claim("cost at zero weights", knows_nothing, equals=np.log(2), within=1e-9)

# %% [markdown]
# Without knowledge every $p$ is one half, and the cost is $-\ln \frac{1}{2} = \ln 2$. Now the gradient, with `error` for $p - y$. `x.T` has a row for each feature, so `x.T @ error` adds up error times input over all examples, feature by feature.


# %%
def gradient(weights, bias, x, y):
    z = x @ weights + bias
    error = sigmoid(z) - y  # one number for each example
    weights_slope = x.T @ error / len(y)
    bias_slope = np.mean(error)
    return weights_slope, bias_slope


# 20 invented examples with 3 features, labels 0, 1, 0, 1, …
x_check = random.normal(size=(20, 3))
y_check = np.arange(20) % 2
weights_check = np.array([1.0, -2.0, 0.5])
bias_check = 0.5

# _ is a name for what we do not need, here the bias's slope
by_hand, _ = gradient(weights_check, bias_check, x_check, y_check)
print("by hand", by_hand.shape, by_hand)

# %% [markdown]
# Now distrust: a gradient that you derived yourself may be wrong and still run. **Finite differences** nudge one weight at a time, up and down, and watch the cost.

# %%
nudge = 1e-5
by_differences = np.zeros(3)
for number in range(3):
    change = np.zeros(3)
    change[number] = nudge  # one weight moves, the others are held
    cost_up = cost(weights_check + change, bias_check, x_check, y_check)
    cost_down = cost(weights_check - change, bias_check, x_check, y_check)
    by_differences[number] = (cost_up - cost_down) / (2 * nudge)

print("by differences", by_differences)
difference = by_hand - by_differences
claim("gradient, by hand − by differences", difference, equals=0, within=1e-8)

# %% [markdown]
# **Automatic differentiation**, autodiff, records every operation on a tape and applies the chain rule to the record. We let TensorFlow differentiate Keras's own cross-entropy, which knows nothing of our code. We hand it scores, not probabilities: `from_logits=True` says so, for Keras calls scores before the sigmoid **logits**.

# %%
w = tf.Variable(weights_check)  # a tensor that the tape watches
with tf.GradientTape() as tape:
    scores = tf.linalg.matvec(x_check, w) + bias_check  # x @ w + b
    check_cost = losses.binary_crossentropy(y_check, scores, from_logits=True)

by_autodiff = tape.gradient(check_cost, w)
print("by autodiff", by_autodiff.numpy())
difference = by_hand - by_autodiff
claim("gradient, by hand − by autodiff", difference, equals=0, within=1e-6)

# %% [markdown]
# Three ways, one gradient.
#
# ## Descend
#
# The gradient points uphill, so we step against it, many times: $w \leftarrow w - \eta\,\nabla J(w)$, and the bias likewise. This is **gradient descent**, in essence the learning algorithm behind every network in this course. (`penalty` stays zero for now; a later section puts it to use.)


# %%
def gradient_descent(x, y, learning_rate, num_steps, penalty=0.0):
    weights = np.zeros(x.shape[1])
    bias = 0.0
    history = {"loss": [], "weights": [], "bias": []}  # before each step
    for _ in range(num_steps):
        history["loss"].append(cost(weights, bias, x, y))
        history["weights"].append(weights)
        history["bias"].append(bias)
        weights_slope, bias_slope = gradient(weights, bias, x, y)
        weights = weights - learning_rate * (weights_slope + penalty * weights)
        bias = bias - learning_rate * bias_slope
    return weights, bias, history


# %% [markdown]
# The wrong way first: the two features as they come, in their own units, with a large learning rate and a tiny one.

# %%
_, _, history_fast = gradient_descent(x_pair, y_train, 1.0, num_steps=200)
_, _, history_slow = gradient_descent(x_pair, y_train, 1e-6, num_steps=200)

# %% [markdown]
# Then the same features **standardised**: from each we subtract its mean and divide by its standard deviation, both measured on the training set. So each feature has mean 0 and deviation 1 there.

# %%
mean = x_train.mean(axis=0)  # over the tumours: one mean for each feature
deviation = x_train.std(axis=0)
print("mean", mean.shape, "deviation", deviation.shape)

x_train_scaled = (x_train - mean) / deviation
x_val_scaled = (x_val - mean) / deviation  # the training set's, too

# %%
x_pair_scaled = x_train_scaled[:, [area_column, smoothness_column]]
found = gradient_descent(x_pair_scaled, y_train, 1.0, num_steps=200)
weights_pair, bias_pair, history_scaled = found

# %% [markdown]
# **Predict:** which of the three runs has learned something after 200 steps?

# %% name="scaling" alt="Cost against step on a logarithmic axis, 200 steps. Raw features with learning rate 1: the cost jumps up and down in the tens of thousands. Raw features with learning rate one millionth: flat near 0.69. Standardised features with learning rate 1: falls within a few steps to about 0.2."
named = {
    "raw, η = 0.000001": history_slow["loss"],
    "raw, η = 1": history_fast["loss"],
    "standardised, η = 1": history_scaled["loss"],
}
plots.curves(None, named, "step", "cost")
plt.yscale("log")
plt.show()

# %%
worst = max(history_fast["loss"][-50:])
with claim_table():
    claim("raw, η = 1: highest cost of the last 50 steps", worst, at_least=1)
    claim("raw, η = 0.000001: final cost", history_slow["loss"][-1], at_least=0.68)
    claim("standardised, η = 1: final cost", history_scaled["loss"][-1], at_most=0.3)

# %% [markdown]
# On raw features a rate of 1 explodes, and at a rate small enough for the large feature hardly anything moves: the cost stays at about $\ln 2 = 0.693$, that of knowing nothing. Standardised, the same code learns: only the units changed.
#
# ## Choose a learning rate
#
# Good units leave one thing to choose, the learning rate. We draw the first 30 steps over the **loss surface**: the cost above the plane of the two weights, lighter where it is lower. (The bias is held at its best value, for a picture has room for two.) **Predict** the paths at the rates 0.01, 10 and 100.


# %%
def cost_of_pair(weights):
    return cost(weights, bias_pair, x_pair_scaled, y_train)


def draw_path(learning_rate):
    _, _, history = gradient_descent(x_pair_scaled, y_train, learning_rate, 30)
    path = {f"η = {learning_rate:g}": history["weights"]}
    window = ((-3, 21), (-6, 14))  # of the first weight, of the second
    plots.descent_paths(cost_of_pair, path, window)
    plt.title(f"cost at the last point: {history['loss'][-1]:.3f}")


# %% name="loss-surface" alt="The loss surface above the plane of two weights, lighter where the cost is lower, three times, each with a path of 30 steps from zero. At rate 0.01 the path is a short stub, at 10 it runs into the lowest region and stays, at 100 it leaps far over it and back."
rates = [0.01, 10, 100]
plt.figure(figsize=(11, 3.8))
for number, rate in enumerate(rates):
    plt.subplot(1, 3, number + 1)  # the next of three in a row
    draw_path(rate)
plt.show()

# %% [markdown]
# 0.01 creeps: it has hardly left the start. 10 arrives. 100 leaps over the valley and back. (All start at zero; a path may leave the picture.) With more steps it stays so:

# %%
highest = []
for rate in rates:
    _, _, history = gradient_descent(x_pair_scaled, y_train, rate, 200)
    last_costs = history["loss"][-50:]
    highest.append(max(last_costs))

with claim_table():
    claim("η = 0.01: highest cost of the last 50 steps", highest[0], at_least=0.3)
    claim("η = 10: highest cost of the last 50 steps", highest[1], at_most=0.3)
    claim("η = 100: highest cost of the last 50 steps", highest[2], at_least=0.3)

# %% [markdown]
# Move the slider from 0.01 to 100. Which rates arrive in the lightest region within 30 steps? Watch the cost above the picture, and how the path looks at the largest rates.

# %% tags=["nbval-ignore-output"] alt="The loss surface again with one path of 30 steps, and a slider for the learning rate, which stands at 1: the path has got part of the way to the lowest region."
rate_slider = FloatLogSlider(value=1, min=-2, max=2, step=0.25)  # 0.01 to 100
knob = interact(draw_path, learning_rate=rate_slider)

# %% [markdown]
# About 5 to 50 arrive, a wide range. Towards its upper end the first step leaps far beyond, and the path must come back; at 100 it never settles. With the weights found, the neuron gives every point of the plane a probability.


# %% name="decision-boundary" alt="The training tumours over the probability that the model gives; a straight slanted black line, where the probability is one half, runs between benign and malignant."
def predict_pair(x):
    z = x @ weights_pair + bias_pair
    return sigmoid(z)


axis_names = ["area (standardised)", "smoothness (standardised)"]
plots.decision_boundary(predict_pair, x_pair_scaled, y_train, axis_names, class_names)
plt.show()

# %% [markdown]
# The black line is the **decision boundary**, where $p = \frac{1}{2}$. It is straight because the score is linear: $p = \frac{1}{2}$ where $w \cdot x + b = 0$, and that is the equation of a line.
#
# ## Break it: let the answers leak
#
# Why take mean and deviation from the training set alone? Because the test set plays the future, which nobody has seen. Where it takes part in training, that is **leakage**. For means and deviations it hardly shows (*Going further* measures it), and so nobody notices. The same slip with a step that *looks at the labels* is another matter.
#
# We invent 100 patients with 2000 measurements of pure noise and labels that mean nothing. We keep the 20 measurements that go best with the labels, and train on 50 of the patients. The other 50 are the test: the **accuracy** is the share of right answers.


# %%
def choose_best_20(x, y):
    signs = 2 * y - 1  # 1 for label 1, −1 for label 0
    agreement = np.abs(signs @ x)  # one number a measurement
    return np.argsort(agreement)[-20:]  # the columns of the 20 largest


y_noise = np.arange(100) % 2  # labels 0, 1, 0, 1, …
x_noise = random.normal(size=(100, 2000))
chosen = choose_best_20(x_noise, y_noise)
print("measurements", x_noise.shape, "chosen", chosen.shape)


# %%
def accuracy_on_noise(leak):
    x_noise = random.normal(size=(100, 2000))
    if leak:
        chosen = choose_best_20(x_noise, y_noise)  # on all patients
    else:
        chosen = choose_best_20(x_noise[:50], y_noise[:50])  # for training
    x_seen = x_noise[:50, chosen]
    x_new = x_noise[50:, chosen]
    weights, bias, _ = gradient_descent(x_seen, y_noise[:50], 0.1, num_steps=100)
    answers = step_function(x_new @ weights + bias)
    return np.mean(answers == y_noise[50:])


# %% [markdown]
# **Predict** the test accuracy, on average over 20 such experiments, if the 20 were chosen on all patients, and if on the training patients alone.

# %%
leaky_accuracies = []
honest_accuracies = []
for _ in range(20):
    leaky_accuracies.append(accuracy_on_noise(leak=True))
    honest_accuracies.append(accuracy_on_noise(leak=False))

leaky_mean = np.mean(leaky_accuracies)
honest_mean = np.mean(honest_accuracies)
print(f"mean test accuracy: leaky {leaky_mean:.3f}, honest {honest_mean:.3f}")

# %% name="noise"
claim("noise chosen on all patients", leaky_mean, at_least=0.7)
claim("noise chosen on the training patients", honest_mean, equals=0.5, within=0.1)

# %% [markdown]
# There is nothing to learn, yet the leaky version looks like a success; the honest one tosses a coin. Among 2000 columns of noise some fit these 100 labels by chance, those of the test patients included. The rule: split first, then *everything* that is measured, chosen or fitted comes from the training set.
#
# ## Use all 30 features, and rein the weights in
#
# With two features no cut was without mistakes on the training set. Are 30 enough? We let scikit-learn search (`C=1e6` makes it search almost freely; more on `C` soon).

# %%
almost_free = linear_model.LogisticRegression(C=1e6, max_iter=10_000)
almost_free.fit(x_train_scaled, y_train)
accuracy_30 = almost_free.score(x_train_scaled, y_train)
claim("accuracy on the training set", accuracy_30, equals=1)

# %% [markdown]
# So there are weights $w$ and a bias $b$ that make no mistake on the training set. What do $2w$ and $2b$ cost? **Predict:** where does the descent end? We watch the size of the weights, the length $\lVert w \rVert$ of lesson 00.

# %%
_, _, history_free = gradient_descent(x_train_scaled, y_train, 0.5, 10_000)
sizes = []
for number in [5, 50, 500, 5000]:
    size = np.linalg.norm(history_free["weights"][number])
    loss = history_free["loss"][number]
    print(f"after {number} steps: size {size:.2f}, cost {loss:.4f}")
    sizes.append(size)

# %%
growth = np.divide(sizes[1:], sizes[:-1])  # each size over the one before
claim("growth of ‖w‖ with 10 times more steps", growth, at_least=1.5)

# %% [markdown]
# It never ends. Where $w$ and $b$ make no mistake, neither do $2w$ and $2b$; every score is twice as far from zero, every $p$ surer, so they cost *less*. Without a penalty the weights grow for ever.
#
# The cure is a price on large weights, an **L2 penalty**, also called a **regulariser**. It makes the cost $J(w, b) + \frac{\lambda}{2}\lVert w \rVert^2$, with $\lVert w \rVert^2 = \sum_j w_j^2$. The slope of $\frac{\lambda}{2} w_j^2$ is $\lambda w_j$, so the gradient of the weights gains $\lambda w$: `penalty * weights` in our descent. The bias goes free, for it only sets the level. $\lambda$ (lambda) is the **weight penalty**, not to be confused with the learning rate $\eta$.

# %%
penalty = 0.01
found = gradient_descent(x_train_scaled, y_train, 0.5, 10_000, penalty)
weights_best, bias_best, history_held = found
size_best = np.linalg.norm(weights_best)
print(f"with the penalty, after 10,000 steps: size {size_best:.2f}")


# %%
def sizes_of(history):
    return np.linalg.norm(history["weights"], axis=1)  # one size for each step


def validation_costs(history):
    costs = []
    for weights, bias in zip(history["weights"], history["bias"], strict=True):
        costs.append(cost(weights, bias, x_val_scaled, y_val))
    return costs


val_free = validation_costs(history_free)
val_held = validation_costs(history_held)
print("validation cost, lowest and last:")
print(f"no penalty  {min(val_free):.3f}  {val_free[-1]:.3f}")
print(f"λ = 0.01    {min(val_held):.3f}  {val_held[-1]:.3f}")

# %% name="weights-grow" alt="Two panels over the step on a logarithmic axis up to 10,000. Left: without a penalty the size of the weights keeps climbing, with the penalty it levels off early. Right: without a penalty the training cost keeps falling while the dashed validation cost turns and rises; with the penalty both level off."
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))

named_sizes = {
    "no penalty": sizes_of(history_free),
    "λ = 0.01": sizes_of(history_held),
}
plots.curves(None, named_sizes, "step", "size of the weights ‖w‖", left)
left.set(xscale="log")

named_costs = {
    "training, no penalty": history_free["loss"],
    "validation, no penalty": val_free,
    "training, λ = 0.01": history_held["loss"],
    "validation, λ = 0.01": val_held,
}
plots.curves(None, named_costs, "step", "cost", right)
right.set(xscale="log", ylim=(0, 0.7))
plt.show()

# %% [markdown]
# Left: without a penalty the weights keep growing, with one they settle. Right: the training cost falls and falls, while the dashed blue curve, for tumours that the model has not seen, turns upward: the model learns its training set by heart, it **overfits**. Whether and when it turns depends on the split; that the weights grow does not.
#
# ## Fit the same model three times
#
# With the penalty the cost is a bowl with one lowest point, so every correct program must end there. Each library writes the penalty in its own way:
#
# - scikit-learn minimises $\frac{1}{2}\lVert w \rVert^2 + C \sum_i \ell_i$. Ours is $\frac{\lambda}{2}\lVert w \rVert^2 + \frac{1}{n} \sum_i \ell_i$; divided by $\lambda$, which does not move the lowest point, it has the same form, with $C = 1 / (n \lambda)$.
# - Keras adds `l2` times $\lVert w \rVert^2$, without the half, so `l2` is $\lambda / 2$.
#
# Both leave the bias free.

# %%
n = len(y_train)
reference = linear_model.LogisticRegression(C=1 / (n * penalty), tol=1e-8)
reference.fit(x_train_scaled, y_train)
print("weights", reference.coef_.shape, "bias", reference.intercept_.shape)

# %% [markdown]
# In Keras neurons come in **layers**, groups that read the same input. `Dense(1)` is a layer of one neuron that reads all features: a score, then its `activation`. Its weights are called the *kernel*, which has nothing to do with the notebook's.

# %%
l2 = keras.regularizers.L2(penalty / 2)
neuron = layers.Dense(1, activation="sigmoid", kernel_regularizer=l2)
model = keras.Sequential([keras.Input(shape=(30,)), neuron])
model.summary()

# %% [markdown]
# 31 parameters: 30 weights and a bias. `compile` says how the model will learn. The **optimiser** is the rule that changes the weights; `SGD` (*stochastic gradient descent*) is our loop, which may also take a few random examples in each step. Its **momentum** (lesson 03) adds part of the last step to the next, which saves many of them. The **loss** is the cost to descend on, a **metric** a number that is only reported.

# %%
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.5, momentum=0.9),
    loss="binary_crossentropy",
    metrics=["accuracy"],
)

# %% [markdown]
# `fit` runs the descent. `batch_size` is the number of examples in each step, here all of them. An **epoch** is one pass through the training set, so here one step. The kernel starts at random numbers.

# %%
model.fit(x_train_scaled, y_train, batch_size=n, epochs=200, verbose=0)
kernel, keras_bias = model.get_weights()
print("kernel", kernel.shape, "bias", keras_bias.shape)

# %%
# all 31 parameters in a row: 30 weights, then the bias
by_numpy = np.append(weights_best, bias_best)
by_sklearn = np.append(reference.coef_, reference.intercept_)
by_keras = np.append(kernel, keras_bias)

print("NumPy  scikit-learn  Keras")
for number in [0, 1, 2, 30]:
    print(f"{by_numpy[number]:.4f}  {by_sklearn[number]:.4f}  {by_keras[number]:.4f}")

# %%
difference = by_numpy - by_sklearn
claim("NumPy − scikit-learn, weights and bias", difference, equals=0, within=1e-4)
difference = by_numpy - by_keras
claim("NumPy − Keras, weights and bias", difference, equals=0, within=1e-3)

# %% [markdown]
# Three programs, one neuron. Agreement like this is the best evidence that you know what each of them computes.
#
# ## Judge it
#
# The neuron gives every validation tumour a probability. We **flag** a tumour as malignant when $p \ge \frac{1}{2}$. Accuracy counts right answers. A doctor asks more:
#
# - of the ill, what share does it flag (**sensitivity**, or recall)?
# - of the healthy, what share does it leave in peace (**specificity**)?
# - of those it flags, what share is ill (**precision**)? **F1** is the harmonic mean of precision and sensitivity, $2 / (1 / \text{precision} + 1 / \text{sensitivity})$: it is low as soon as one of them is.


# %%
def sensitivity_of(y, flagged):
    return np.mean(flagged[y == 1])  # among the ill, the share of True


def specificity_of(y, flagged):
    return np.mean(~flagged[y == 0])  # ~ turns True into False: not flagged


def precision_of(y, flagged):
    return np.mean(y[flagged] == 1)  # among the flagged, the share of the ill


# %%
p_val = sigmoid(x_val_scaled @ weights_best + bias_best)
print("probabilities", p_val.shape, "the first three:", p_val[:3])

# %% name="judge"
flagged = p_val >= 0.5  # True or False for each tumour
sensitivity = sensitivity_of(y_val, flagged)
specificity = specificity_of(y_val, flagged)
precision = precision_of(y_val, flagged)

print(f"accuracy     {np.mean(flagged == y_val):.3f}")
print(f"sensitivity  {sensitivity:.3f}")
print(f"specificity  {specificity:.3f}")
print(f"precision    {precision:.3f}")
print(f"F1           {2 / (1 / precision + 1 / sensitivity):.3f}")

# %% [markdown]
# The **confusion matrix** counts what the five numbers are made of.

# %% name="confusion-matrix" alt="Confusion matrix of the 114 validation tumours: a row for each true class, a column for each predicted one. Nearly all counts stand on the diagonal."
counts = metrics.confusion_matrix(y_val, flagged)
plots.confusion_matrix(counts, class_names)
plt.show()

# %% [markdown]
# The two kinds of mistake are not alike: bottom left are cancers missed, top right false alarms. Sensitivity is read along the bottom row, specificity along the top one, precision down the right column.
#
# And flagging at $p \ge \frac{1}{2}$ is only one choice. The **ROC curve** (receiver operating characteristic, a name from radar) shows them all: lower the **threshold** tumour by tumour, and plot what share of the ill is flagged against what share of the healthy.

# %%
from_high_to_low = np.sort(p_val)[::-1]
thresholds = np.append(1.0, from_high_to_low)  # at 1 nobody is flagged

sensitivities = []
alarm_rates = []  # the share of the healthy that is flagged
for threshold in thresholds:
    flagged = p_val >= threshold
    sensitivities.append(sensitivity_of(y_val, flagged))
    alarm_rates.append(1 - specificity_of(y_val, flagged))

# %% name="roc-curve" alt="ROC curve on the validation tumours. It climbs almost straight up the left edge to nearly 1 and then runs along the top, far above the dotted diagonal of chance."
plots.roc_curve(alarm_rates, sensitivities, "one neuron, 30 features")
plt.show()

# %% [markdown]
# If the next tumour flagged is malignant, the curve goes up; if benign, to the right. Our neuron keeps to the top left corner. One number sums the curve up: the area under it, **AUC** (area under the curve). A coin flags the ill and the healthy alike, along the dotted diagonal: its area is one half. The area is also the chance that a random malignant tumour gets a higher $p$ than a random benign one (*Going further* counts it).

# %% name="auc"
auc = np.trapezoid(sensitivities, alarm_rates)  # adds the area up, piece by piece
auc_sklearn = metrics.roc_auc_score(y_val, p_val)
with claim_table():
    claim("AUC on the validation set", auc, at_least=0.95)
    claim("AUC, ours − scikit-learn's", auc - auc_sklearn, equals=0, within=1e-9)

# %% [markdown]
# ## Choose the threshold by what mistakes cost
#
# In **screening**, where everybody is tested, a missed cancer is far worse than a false alarm; when **confirming** before an operation, it is the other way round. Suppose the worse mistake costs ten times the other.


# %%
def count_mistakes(threshold):
    flagged = p_val >= threshold
    misses = np.sum(~flagged & (y_val == 1))  # ill, and not flagged
    false_alarms = np.sum(flagged & (y_val == 0))  # healthy, and flagged
    return misses, false_alarms


misses, false_alarms = count_mistakes(0.5)
print("threshold 0.5: misses", misses, "false alarms", false_alarms)

# %% name="thresholds" alt="The validation tumours by the probability that the neuron gives them, malignant above, benign below, three times, with a vertical line at the threshold 0.2, 0.5 and 0.8. Malignant tumours left of the line are misses, benign ones right of it false alarms; the higher the threshold, the more misses and the fewer false alarms."
shifts = random.uniform(-0.3, 0.3, size=len(y_val))
heights = y_val + shifts  # so that points do not hide each other
points_val = np.column_stack([p_val, heights])


def draw_threshold(threshold):
    misses, false_alarms = count_mistakes(threshold)
    screening = 10 * misses + false_alarms  # what the mistakes cost
    confirming = misses + 10 * false_alarms
    plots.class_scatter(points_val, y_val, ["probability p", "label"], class_names)
    plt.yticks([0, 1])
    plt.axvline(threshold, color="black")
    plt.title(
        f"threshold {threshold:.2f}: {misses} misses, {false_alarms} false alarms\n"
        f"screening costs {screening}, confirming {confirming}",
        fontsize="medium",
    )


plt.figure(figsize=(12, 4))
for number, threshold in enumerate([0.2, 0.5, 0.8]):
    plt.subplot(1, 3, number + 1)
    draw_threshold(threshold)
plt.show()

# %% [markdown]
# Malignant tumours left of the line are missed, benign ones right of it are false alarms. Move the line: where does screening cost least, and where confirming? No threshold is best for both.

# %% tags=["nbval-ignore-output"] alt="The validation tumours by probability again, with a slider for the threshold, which stands at 0.30; the title counts misses and false alarms and gives both costs."
threshold_slider = FloatSlider(value=0.3, min=0, max=1, step=0.01)
knob = interact(draw_threshold, threshold=threshold_slider)

# %% [markdown]
# On paper the best threshold can be computed. Take tumours with probability $p$, in screening. If we do *not* flag them, a share $p$ is missed, which costs $10\,p$ on average. If we flag them, a share $1 - p$ is a false alarm, which costs $1 - p$. Flagging pays when $10\,p > 1 - p$, that is $11\,p > 1$, or $p > \frac{1}{11} = 0.091$. **Predict** the threshold for confirming.
#
# <details><summary>Answer</summary>
#
# Not flagging costs $p$, flagging $10\,(1 - p)$. Flagging pays when $p > 10\,(1 - p)$, that is $11\,p > 10$, or $p > \frac{10}{11} = 0.909$. It is *not* nine in ten: ten to one are ten parts of eleven.
#
# </details>
#
# Now we let these tumours speak, at every threshold.

# %%
screening_costs = []
confirming_costs = []
for threshold in thresholds:
    misses, false_alarms = count_mistakes(threshold)
    screening_costs.append(10 * misses + false_alarms)
    confirming_costs.append(misses + 10 * false_alarms)

# %% name="threshold-cost" alt="Total cost of the mistakes on the validation set, on a logarithmic axis, against the threshold. For screening, where a miss is ten times as dear, the cost is lowest at a low threshold and climbs to the right. For confirming, where a false alarm is ten times as dear, it starts very high and is lowest farther right."
best_for_screening = thresholds[np.argmin(screening_costs)]
best_for_confirming = thresholds[np.argmin(confirming_costs)]
print("cheapest threshold, on these tumours and by theory:")
print(f"screening   {best_for_screening:.3f}  {1 / 11:.3f}")
print(f"confirming  {best_for_confirming:.3f}  {10 / 11:.3f}")

named = {"screening": screening_costs, "confirming": confirming_costs}
plots.curves(thresholds, named, "threshold", "cost (the cheaper mistake = 1)")
plt.yscale("log")
plt.show()

# %% [markdown]
# For confirming theory says $\frac{10}{11}$, and on these tumours a far lower threshold is cheapest. Luck has a part in it: the curves are jagged because few tumours decide them. But there is a reason, too. Theory takes $p$ at its word: of all tumours with $p = 0.9$, nine in ten are malignant. Such probabilities are called **calibrated**, and ours are not: the penalty holds the weights small, so every $p$ stays nearer to one half than it should (*Going further* counts). A threshold read off these curves would be luck. So we keep the $\frac{1}{11}$ for screening: with such a $p$ it tends to flag too many rather than too few.
#
# ## Look at the test set, once
#
# All choices are made. Now the test set, **once**.

# %% name="one-look"
x_test_scaled = (x_test - mean) / deviation
p_test = sigmoid(x_test_scaled @ weights_best + bias_best)
accuracy_test = np.mean((p_test >= 0.5) == y_test)
claim("accuracy on the test set, p ≥ 1/2", accuracy_test, at_least=0.92)

flagged = p_test >= 1 / 11
sensitivity = sensitivity_of(y_test, flagged)
specificity = specificity_of(y_test, flagged)
print("screening, p ≥ 1/11:")
print(f"sensitivity {sensitivity:.3f}, specificity {specificity:.3f}")

# %% [markdown]
# One more question. Over a third of these tumours are malignant, but in a screening it may be 1 person in 100. That is **class imbalance**: whoever calls everyone healthy is right 99 times in 100 and finds nobody.
#
# **Predict:** with 99 healthy people for each ill one, and the two shares printed above, how many false alarms come with each cancer found: one in ten, about one, or more than ten?
#
# <details><summary>How to compute it</summary>
#
# For each ill person the sensitivity is the share that is found. Of the 99 healthy ones, a share of 1 − specificity is flagged. So there are $99\,(1 - \text{specificity}) / \text{sensitivity}$ false alarms for each cancer found.
#
# </details>

# %% name="rare-illness"
alarms_rare = 99 * (1 - specificity) / sensitivity
claim("false alarms for each cancer found", alarms_rare, at_least=1)

precision_test = precision_of(y_test, flagged)
precision_rare = 1 / (1 + alarms_rare)  # one cancer among its alarms
print(f"precision on the test set     {precision_test:.3f}")
print(f"precision in such a screening {precision_rare:.3f}")

# %% [markdown]
# Nothing about the neuron changed, only who comes to be tested; yet its precision falls so far that false alarms outnumber the cancers found. Sensitivity, specificity and accuracy never told you.
#
# ## From one neuron to a stack
#
# XOR asks for 1 if *exactly one* input is 1. **Predict:** the perceptron learned OR; will it learn XOR?

# %% name="xor-perceptron"
y_xor = np.array([0, 1, 1, 0])
perceptron(corners, y_xor, num_passes=4)

# %% [markdown]
# It does not, and more passes change nothing: no straight line has the right corners on either side. The logistic neuron, whose boundary is a straight line too, does no better (*Going further* shows it). Minsky and Papert proved in 1969 that one such unit cannot do it; their book is one of the reasons why the field lost heart, though not the only one (lesson 00).
#
# The way out: neurons that read the same input form a layer, $a = g(W x + b)$, with a row of $W$ and an entry of $b$ for each neuron, and $g$ the activation. A layer that reads another's answers makes a **stack**. Let two units compute OR and AND, and a third on top "OR, but not AND".

# %%
layer_weights = np.array([[1, 1], [1, 1]])  # a row for OR, a row for AND
layer_biases = np.array([-0.5, -1.5])  # OR needs one input of 1, AND two
or_and = step_function(corners @ layer_weights.T + layer_biases)

top_weights = np.array([1, -1])  # OR, but not AND
answers = step_function(or_and @ top_weights - 0.5)

print("OR and AND of each corner:", or_and.tolist())
print("OR, but not AND:", answers)
claim("a stack of three neurons on XOR", answers, equals=y_xor)

# %% [markdown]
# The first layer *redraws* the corners so that one line is enough: (0, 1) and (1, 0) fall on the same place. We chose its weights by hand. Lesson 02 lets gradient descent find them.

# %% [markdown]
# ## Going further: find a leak by spoiling the test set
#
# scikit-learn's `StandardScaler` standardises; its `fit` measures means and deviations, its `transform` applies them. Wrong on purpose, we let it measure *all* tumours.

# %%
scaler = preprocessing.StandardScaler()
scaler.fit(data.x)  # all tumours, the test set among them
x_train_leaky = scaler.transform(x_train)

# %% [markdown]
# Nothing looks odd, but there is a test for such **leakage**: spoil the test set and see whether anything that we train on moves. We double every measurement in it. **Predict:** does the training data move? And if nobody spoils anything, how far is leaky from honest data?

# %%
x_spoilt = np.concatenate([x_train, x_val, 2 * x_test])
spoilt = preprocessing.StandardScaler()
spoilt.fit(x_spoilt)
moves = np.abs(x_train_leaky - spoilt.transform(x_train))
print(f"spoilt: the training data move by up to {moves.max():.3f}")

distances = np.abs(x_train_leaky - x_train_scaled)
print(f"not spoilt: leaky is {distances.mean():.3f} from honest, on average")

# %%
claim("spoilt test set: largest move of the training data", moves.max(), at_least=0.5)
claim("nothing spoilt: leaky − honest, on average", distances.mean(), at_most=0.1)

# %% [markdown]
# The unit is one standard deviation. The leak is real: the test set has a hand in the training data. But unspoilt it hardly changes them, and that is why nobody notices.

# %% [markdown]
# ## Going further: show XOR to a logistic neuron
#
# The perceptron never learns XOR. Does the logistic neuron do better? We give it four clouds of 50 points around the corners. **Predict:** what will it cost in the end, and which probabilities will it give?

# %%
x_clouds = np.tile(corners, (50, 1)) + random.normal(0, 0.12, size=(200, 2))
y_clouds = np.tile(y_xor, 50)
found = gradient_descent(x_clouds, y_clouds, 1.0, num_steps=500)
weights_xor, bias_xor, history_xor = found
print(f"cost at the start    {history_xor['loss'][0]:.3f}")
print(f"cost after 500 steps {history_xor['loss'][-1]:.3f}")


# %% name="xor" alt="Four clouds of points around the corners of a square; opposite corners share a class. The shading behind them is pale everywhere: the neuron gives every point a probability near one half."
def predict_xor(x):
    z = x @ weights_xor + bias_xor
    return sigmoid(z)


input_names = ["first input", "second input"]
plots.decision_boundary(
    predict_xor,
    x_clouds,
    y_clouds,
    input_names,
    class_names=["0", "1"],
)
plt.show()

# %%
claim("cost on XOR", history_xor["loss"][-1], equals=np.log(2), within=0.03)

# %% [markdown]
# It learns nothing. The cost stays at that of a coin, $\ln 2 = 0.693$, and the shading stays pale: whatever one corner pulls the weights to, its neighbours pull back.

# %% [markdown]
# ## Going further: ask whether the probabilities are calibrated
#
# Probabilities are calibrated if, of the tumours with $p = 0.7$, seven in ten are malignant. We compare what $p$ says with what is, for the validation tumours between the thresholds $\frac{1}{2}$ and $\frac{10}{11}$.

# %% name="calibration"
middle = (p_val >= 1 / 2) & (p_val < 10 / 11)
mean_p = p_val[middle].mean()
share_malignant = y_val[middle].mean()
print("tumours with p between 1/2 and 10/11:", np.sum(middle))
print(f"mean p {mean_p:.3f}")
print(f"share of them that is malignant: {share_malignant:.3f}")

# %% [markdown]
# %% [markdown]
# More of them are malignant than $p$ says: the penalty holds the weights small, so every $p$ stays nearer to one half than it should. They are few tumours, though; to calibrate a model takes more than these 114.

# %% [markdown]
# ## Going further: count what the AUC means
#
# The area under the ROC curve is the chance that a random malignant tumour gets a higher $p$ than a random benign one. We count: of all pairs of a malignant and a benign tumour, which share is in order?

# %%
p_ill = p_val[y_val == 1]
p_healthy = p_val[y_val == 0]

num_in_order = 0
for p in p_ill:
    num_in_order += np.sum(p > p_healthy)  # benign tumours below this malignant one
num_pairs = len(p_ill) * len(p_healthy)
share_in_order = num_in_order / num_pairs

print("pairs in order:", num_in_order, "of", num_pairs)
print(f"share: {share_in_order:.4f}")
claim("AUC − share of pairs in order", auc - share_in_order, equals=0, within=1e-9)

# %% [markdown]
# They are equal, and one sees why: each benign tumour is a step of the curve to the right, of width 1 / (number of benign tumours), and the curve's height there is the share of the malignant ones that were flagged before it, those with a higher $p$. (With ties, each would count one half.)
#
# **Predict:** what area has a coin, which gives each tumour a $p$ at random?

# %%
coin_areas = []
for _ in range(200):
    p_coin = random.uniform(size=len(y_val))
    coin_areas.append(metrics.roc_auc_score(y_val, p_coin))
print(f"area under the curve of a coin, on average: {np.mean(coin_areas):.3f}")

# %%
claim("AUC of a coin, mean of 200", np.mean(coin_areas), equals=0.5, within=0.02)

# %% [markdown]
# One half: a malignant tumour is above a benign one as often as below.
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
