# %% [markdown]
# # 00 Start here
#
# **What is deep learning, and why now?**
#
# After this lesson you can
#
# - run, change and reset these notebooks, and read what a check tells you;
# - use vectors, matrices, slopes, the chain rule and Bayes's rule as far as this course needs them;
# - predict shapes and types of arrays and tensors, and catch the mistakes with them that raise no error;
# - tell rules, machine learning and deep learning apart, and say what each of them learns from;
# - say where deep learning comes from, why it works now, and why its claims need experiments.
#
# **Data:** 5,163 first names of the US census of 1990, one photograph, ten results of the ImageNet challenge and one person's.
#
# **You will see:** a sensible rule lose to a constant answer, a program that learns names by heart for nothing, and seventy years of history in two figures.
#
# **You need:** Python, and a little NumPy: arrays, slices, functions.
#
# **Minutes:** 40 to read, 60 to do, 1 to run.

# %%
import platform
import timeit
from collections import Counter
from math import comb

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import ops
from matplotlib import patches
from sklearn import cluster, datasets

from course_utils import plots
from course_utils.checks import check, claim, claim_table
from course_utils.data import load_ilsvrc, load_names, load_photos

random = np.random.default_rng(0)
plots.use_style()

# %% [markdown]
# ## Run, change, reset
#
# `make lab` in a terminal (or `course lab`) opens your own copies of the notebooks. Click on the cell above and press Shift + Enter to run it. `[*]` beside a cell means that it is at work (loading TensorFlow can take half a minute), a number that it is done. A Python process, the **kernel**, runs the cells and remembers; *Kernel → Interrupt Kernel* stops a cell that never ends. Each notebook has its own: exercises know nothing that their lesson defines.
#
# Run the cells from top to bottom: a cell knows only what ran before it, *in the order in which you ran it*. When results look strange, choose *Kernel → Restart Kernel and Run All Cells*.
#
# Where it says **Predict**, stop and answer before you look: a wrong guess teaches more than a right output.
#
# Change whatever you like. `course reset 00`, typed in a terminal of JupyterLab (*File → New → Terminal*), gives you clean copies of this lesson *and its exercises*; yours stay beside them under a name with the date. Open the clean file anew. Elsewhere, in the course's folder, it is `.venv/bin/course reset 00` (Windows: `.venv\Scripts\course`).
#
# ## Check your machine
#
# If the cell above ran without an error, almost everything is in place. **Keras** is the library in which we build neural networks, the programs that this course is about; its **backend**, here TensorFlow, does the computing. The versions may differ from those that you see printed here; the claims below them may not.

# %% tags=["nbval-ignore-output"]
print("Python", platform.python_version(), "· Keras", keras.__version__, "· NumPy", np.__version__)
print("backend:", keras.backend.backend())
claim("Keras, major version", int(keras.__version__.split(".")[0]), equals=3)
claim("1 + 1, computed by the backend", ops.convert_to_numpy(ops.add(1, 1)), equals=2)

# %% [markdown]
# Each line with a ✓ is a **claim**: a statement that the notebook tests whenever it runs. If one is false, the cell stops with an error. If something does not work at all, `course doctor` in a terminal names the cause and the command that mends it.
#
# Each lesson has exercises, and each exercise has a **check** that tells three things apart: not attempted, wrong, right. Here is one. A camera inspects parts; it raises an alarm at, say, 90 % of the faulty ones. It has just raised an alarm. How probable is a fault? We hand in a hasty answer: 90 %. (`lambda` writes this function without a name; `try` is here only so that this notebook runs on.)

# %%
try:
    check("00-alarm", lambda prior, hit_rate, *others: hit_rate, seed=0)
except Exception as message:
    print(message)

# %% [markdown]
# The check names the misconception behind the answer, not the right answer. Its last line shows the numbers that it tried: a share of 0.034 faulty parts, 0.877 of them found, 0.033 false alarms, one alarm. In the exercises they are fresh each time (`seed=0` fixes them here), and there `hint("00-alarm")` goes one step further. The exercise waits for you at the end; now to the tools that it needs.
#
# ## Refresh vectors and matrices
#
# A **vector** is a list of numbers. Its length, drawn as an arrow (not Python's `len`), is $\lVert x \rVert = \sqrt{\sum_i x_i^2}$. The **dot product** of two vectors, $w \cdot x = \sum_i w_i x_i$, is a weighted sum: $w$ says how much each entry of $x$ counts.
#
# A **matrix** is a table, and $W x$ takes one dot product for each of its rows. Let three shops sell apples and bread; $W$ holds their prices, a row for each shop, and $x$ what we buy. Then $W x$ is what each shop charges.

# %%
claim("length of (3, 4)", np.linalg.norm([3, 4]), equals=5)
W = np.array([[0.5, 2.0], [0.4, 2.5], [0.6, 1.5]])  # prices: 3 shops × 2 goods
x = np.array([4.0, 1.0])  # a basket: 4 apples, 1 loaf of bread
print("W", W.shape, "times x", x.shape, "gives", (W @ x).shape, W @ x)
print("times 3 baskets:", W.shape, "@", (2, 3), "gives", (W @ np.ones((2, 3))).shape)

# %% [markdown]
# In `A @ B` the inner sizes must agree and vanish: (3, **2**) times (**2**, 3) gives (3, 3). Many errors in deep learning code are sizes that do not agree; the worst are those that agree by accident, as we shall see.
#
# ## Refresh slopes and the chain rule
#
# The **derivative** $f'(x)$ is the slope of $f$ at $x$: how much $f$ changes for each unit that $x$ changes, if the change is tiny. A computer can try it with a step $h$, ahead or to both sides:
#
# $$f'(x) \approx \frac{f(x + h) - f(x)}{h} \qquad\text{or}\qquad f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# These are **finite differences**. We try both on $f(x) = \sin x$ at $x = 1$, where the slope is $\cos 1$. **Predict:** is the smallest $h$ the best?


# %%
def ahead(f, x, h):
    return (f(x + h) - f(x)) / h


def both_sides(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


# %% name="finite-differences" alt="Error of the slope against the step h, both axes logarithmic. Going from large to small steps both errors fall, the one to both sides twice as steeply; then, the one to both sides below about 1e-5 and the one ahead below about 1e-8, they rise again and become ragged."
right = np.cos(1)
print(f"right:     {right:.6f}")
for h in (1e-1, 1e-5, 1e-13):
    slope_ahead = ahead(np.sin, 1, h)
    slope_both = both_sides(np.sin, 1, h)
    print(f"h = {h:.0e}: ahead {slope_ahead:.6f}, to both sides {slope_both:.6f}")
error = both_sides(np.sin, 1, 1e-5) - right
claim("to both sides, h = 0.00001: error of the slope", error, equals=0, within=1e-9)

h = np.logspace(-13, 0, 200)
errors = {"ahead": np.abs(ahead(np.sin, 1, h) - right)}
errors["to both sides"] = np.abs(both_sides(np.sin, 1, h) - right)
plots.curves(h, errors, "step h", "error of the slope")
plt.gca().set(xscale="log", yscale="log")
plt.show()

# %% [markdown]
# No: of the three steps printed the middle one is the best. Read the figure from right to left. Smaller steps help at first, to both sides far more than ahead. Then the error grows again, because a computer keeps about 16 digits: two almost equal numbers, subtracted, leave mostly rounding. A step near $10^{-5}$ to both sides is a good habit; lesson 02 checks its gradients with one.
#
# The **chain rule** gives the slope of one function inside another: with $u = g(x)$ and $y = f(u)$, slopes multiply, $\dfrac{dy}{dx} = \dfrac{dy}{du} \cdot \dfrac{du}{dx}$. For $y = \sin(x^2)$ that is $\cos(x^2) \cdot 2x$.
#
# A function of several variables has a slope along each, a **partial derivative**. Their list is the **gradient**: for $f(a, b) = a^2 b$ it is $\nabla f = (2ab,\; a^2)$. It points the way in which $f$ rises fastest.

# %%
by_rule = np.cos(1.5**2) * 2 * 1.5
differences = both_sides(lambda x: np.sin(x**2), 1.5, 1e-5)
print(f"slope of sin(x²) at 1.5: by the chain rule {by_rule:.6f}")
claim("chain rule − differences", by_rule - differences, equals=0, within=1e-8)

along_a = both_sides(lambda a: a**2 * 5, 3, 1e-5)
along_b = both_sides(lambda b: 3**2 * b, 5, 1e-5)
print(f"slopes of a²b at (3, 5), by differences: {along_a:.4f} and {along_b:.4f}")
error = [along_a - 30, along_b - 9]
claim("gradient of a²b, by rule − by differences", error, equals=0, within=1e-6)

# %% [markdown]
# A neural network is functions inside functions, with millions of variables. Lesson 02 turns the chain rule into the algorithm that gives all their slopes in one sweep.
#
# ## Refresh probability
#
# The **expected value** of a random number is its average weighted by probability, $E[X] = \sum_x x\, P(x)$; for a die $\frac{1 + \dots + 6}{6} = 3.5$, a number that it never shows. The **standard deviation** $\sqrt{E\big[(X - E[X])^2\big]}$ says how far it typically strays. The mean of $n$ throws strays less, by the factor $\sqrt{n}$.

# %%
means = random.integers(1, 7, size=(2000, 100)).mean(axis=1)  # 2000 times 100 throws
claim("mean of all throws", np.mean(means), equals=3.5, within=0.03)
one_throw = np.std(np.arange(1, 7))
ratio = np.std(means) / one_throw
claim("deviation, mean of 100 throws ÷ one throw", ratio, equals=0.1, within=0.01)

# %% [markdown]
# A **conditional probability** $P(A \mid B)$ looks only at the cases in which $B$ holds. We count it among first names, each labelled with the sex that it was more common for. **Predict:** which is larger, the share of female names that end in a, or the share of names ending in a that are female?

# %%
names = load_names()
female = names.y_train == 0
ends_in_a = np.array([name.endswith("a") for name in names.x_train])
print(f"P(a | female) = {ends_in_a[female].mean():.3f}, of {female.sum()} female names")
print(f"P(female | a) = {female[ends_in_a].mean():.3f}, of {ends_in_a.sum()} that end in a")

# %% [markdown]
# Not half of the female names end in a, but a name that does is almost surely female. To mix the two up is the mistake of the hasty answer above. **Bayes's rule** leads from one to the other, here $0.438 \cdot 3225 / 1419 = 0.995$ (the number of all names cancels):
#
# $$P(A \mid B) = \frac{P(B \mid A)\, P(A)}{P(B)}$$
#
# $P(B)$ collects both ways to $B$: $P(B) = P(B \mid A)\,P(A) + P(B \mid \text{not } A)\,P(\text{not } A)$. And two events are **independent** if one says nothing about the other; then $P(A \text{ and } B) = P(A)\,P(B)$.
#
# ## Handle arrays
#
# An **array** has a `shape`, the number of entries along each **axis**, and a `dtype`, the type of all its entries. A photograph is height × width × 3 colours, in `uint8`: whole numbers from 0 to 255.
#
# We brighten one by 100, the obvious way first, then with care. **Predict:** what does 200 + 100 give in `uint8`?

# %% name="uint8-wraps" alt="Three copies of a photograph of a cat. As it is; with 100 added in uint8, where bright fur has turned turquoise, in places blue or black; with 100 added in a wider type and cut at 255, simply brighter."
photo = load_photos().x[load_photos().names.index("cat")]
print("shape", photo.shape, "dtype", photo.dtype, "· 200 + 100 =", np.uint8([200]) + 100)
careful = np.clip(photo.astype("int32") + 100, 0, 255).astype("uint8")
plots.image_grid([photo, photo + 100, careful], ["original", "+ 100 in uint8", "+ 100, with care"])
plt.show()

# %% [markdown]
# In `uint8` counting goes round like a clock: 300 − 256 = 44, so what was bright is now darker than all the rest, colour by colour: where red alone goes round, the fur turns turquoise. No error is raised. Convert first, then compute.
#
# When shapes differ, NumPy **broadcasts**: it compares them from the *right*, and stretches a missing axis, or one of size 1, to fit. That is handy: a table of shape (4, 2) minus its column means, of shape (2,), centres each column.
#
# And it is a trap. Below, four predictions come as a column, as Keras returns them, and the labels as a plain vector. Every prediction is right. **Predict:** what is the mean squared error as it is computed first?

# %%
labels = np.array([1.0, 2.0, 3.0, 4.0])
predictions = labels.reshape(4, 1)  # a column; all four are right
for column in (predictions, predictions[:, 0]):
    error = column - labels
    print(f"{column.shape} − {labels.shape} = {error.shape}, squared error {np.mean(error**2)}")

# %% [markdown]
# (4, 1) minus (4,) is (4, 4): *each* prediction minus *every* label. The mean of the squares is a number, it is wrong, and nothing complains. A number like this one, which says how wrong a program is, is called a **loss**. Whenever a loss looks odd, print the shapes.
#
# ## Meet tensors, and the first gradient
#
# A **tensor** is Keras's array: it can live on a graphics processor, and one can differentiate what is computed from it. `keras.ops` mirrors most of NumPy, and conversion goes both ways. One habit differs: NumPy computes in `float64`, with 16 digits, Keras in `float32`, with 7, which is enough for learning and takes half the memory. **Predict:** is 16,777,217 a `float32`?

# %%
tensor = ops.ones((2, 3))
print("Keras", tensor.shape, keras.backend.standardize_dtype(tensor.dtype))
back = ops.convert_to_numpy(2 * tensor + 1)
print("and back:", type(back).__name__, back.tolist())
print("16,777,217 in float32:", int(np.float32(16_777_217)))

# %% [markdown]
# It is not: $2^{24} + 1$ takes more bits than `float32` has for digits. So do not count in `float32`, and compare with a tolerance.
#
# Now what makes tensors worth it. **Automatic differentiation**, autodiff, records each operation on a tape and applies the chain rule to the record. We ask for the gradient of a mean squared error in two weights $w$, the factors of a weighted sum, and check it by finite differences, which need two evaluations for each weight.
#
# Keras leaves autodiff to its backend, hence `tf`; a `tf.Variable` is a tensor that the tape watches. The arrays come from NumPy and keep their 16 digits here: in `float32` a step of $10^{-5}$ would drown in rounding.


# %%
def mean_squared_error(w):
    return ops.mean((ops.matmul(X, w) - y) ** 2)


X, y, start = random.normal(size=(20, 2)), random.normal(size=20), np.array([0.5, -1.0])
w = tf.Variable(start)
with tf.GradientTape() as tape:
    loss = mean_squared_error(w)
gradient = tape.gradient(loss, w)
nudges = 1e-5 * np.eye(2)  # a row for each weight: nudge one, hold the other
rises = [mean_squared_error(start + e) - mean_squared_error(start - e) for e in nudges]
claim("autodiff − differences", gradient - np.divide(rises, 2e-5), equals=0, within=1e-8)

# %% [markdown]
# They agree. Autodiff does it for any function that is built from differentiable steps, in about the time of a few evaluations, for two weights or for millions. (Counting, rounding and `argmax` are no such steps: the share of right answers has slope 0, or none.) What a gradient is good for, lesson 01 shows.
#
# ## Place deep learning
#
# **Artificial intelligence** is any program that does what seems to need intelligence. **Machine learning** is the part that takes its behaviour from examples. **Deep learning** is the part of *that* which computes its answer in several steps, called **layers**: each turns the numbers of the one before into new ones, and how it does so is learned from the examples. The program is then called a **neural network**, and the numbers that it learns are its **weights**.
#
# (A **random forest** is a vote of many learned cascades of yes-or-no questions; a counted table comes next.)


# %% name="ai-ml-dl" alt="Three nested ellipses. The outermost is artificial intelligence, with rules by experts and chess by search. Inside it, machine learning, with random forests and counted tables. Innermost, deep learning, with networks of many layers."
rings = [  # centre, width, height, place of the text, text
    (5.0, 10.0, 5.0, 1.4, "artificial\nintelligence\n\nrules by experts\nchess by search"),
    (6.4, 7.0, 4.0, 4.4, "machine\nlearning\n\nrandom forests\ncounted tables"),
    (7.8, 3.8, 2.8, 7.8, "deep\nlearning\n\nnetworks of\nmany layers"),
]
_, ax = plt.subplots(figsize=(9.5, 4.2))
for center, width, height, place, text in rings:
    ax.add_patch(patches.Ellipse((center, 0), width, height, color=plots.NEGATIVE, alpha=0.18))
    ax.text(place, 0, text, ha="center", va="center", size="large")
ax.set(xlim=(-0.1, 10.1), ylim=(-2.6, 2.6))
ax.set_axis_off()
plt.show()

# %% [markdown]
# ## Write a rule, then let a program count
#
# The task: from a first name, say whether it was more common for women (0) or men (1). We have 4,159 names to look at, the **training set**, and judge on 1,004 others, the **test set**.
#
# First a **hand-crafted rule**, as an expert would write it: female if the name ends in a or e. Beside it an answer that looks at nothing and always says "female". **Predict:** how many of the 1,004 does each get right?


# %% name="rule-against-constant"
def rule(name):
    return 0 if name[-1] in "ae" else 1


train, test = names[:2], names[2:4]  # each: names, labels
right = sum(rule(name) == label for name, label in zip(*test, strict=True))
print(f"of {len(names.y_test)} names: the rule {right}, always female {np.sum(names.y_test == 0)}")

# %% [markdown]
# The rule sounds sensible and loses to a constant: most names in the table are female. Hold every result against such a **baseline**, or you do not know what it is worth.
#
# Next a **predictive model**. We choose a **feature**, something computed from the name; the program counts for each of its values how many training names were female and male, and answers with the majority ("female" for a tie, or for a value it has never met). The counts are the model's **parameters**: learned, not written.


# %% name="letter-counts"
def count(part):
    return Counter(zip([name[part] for name in names.x_train], names.y_train, strict=True))


last, last_two, whole = slice(-1, None), slice(-2, None), slice(None)  # name[last] is name[-1:]
counts = count(last)
print({letter: (counts[letter, 0], counts[letter, 1]) for letter in "aenoy"})

# %% [markdown]
# (Female, male) for five letters: the program has found our rule for a and e by itself, and more: n and y lean to female, o to male. We let it use three features, from coarse to fine. The finest is the whole name. **Predict:** which one does best on the training names, and which on the test names?


# %% name="three-features"
def is_right(counts, part, names, labels):
    return np.array([counts[name[part], 1] > counts[name[part], 0] for name in names]) == labels


for name, part in {"last letter": last, "last two": last_two, "whole name": whole}.items():
    shares = [is_right(count(part), part, *pair).mean() for pair in (train, test)]
    print(f"{name}: right on {shares[0]:.1%} of training and {shares[1]:.1%} of test names")

# %% [markdown]
# The whole name gets every training name right: it has learned them by heart. On names it has not met it can only say "female", and is back at the baseline. To **generalise** is to be right on examples that were not there to learn from, so the training score proves nothing. Lesson 03 is about this gap.
#
# The last two letters generalise well. But who chose them? We did. In classical machine learning **feature extraction** is the expert's work; in deep learning the features are learned as well.


# %% name="feature-learning" alt="Three rows of boxes joined by arrows. Rules: input, rules by hand, answer. Classical machine learning: input, features by hand, model learned, answer. Deep learning: input, simple features learned, richer features learned, model learned, answer. Boxes made by hand are grey, learned ones green."
rows = {"rules": ["rules"], "classical\nmachine learning": ["features", "model*"]}
rows["deep learning"] = ["simple\nfeatures*", "richer\nfeatures*", "model*"]
_, ax = plt.subplots(figsize=(10, 3.6), subplot_kw={"xlim": (-3.4, 8.8), "ylim": (-2.4, 0.4)})
for y, (name, parts) in enumerate(rows.items()):
    ax.text(-0.8, -y, name, va="center", ha="right", weight="bold", size=13)
    for x, part in enumerate(["input", *parts, "answer"]):
        made = "white" if part in ("input", "answer") else "#CCCCCC"
        box = {"boxstyle": "round,pad=0.5", "facecolor": "#7FD1B4" if "*" in part else made}
        ax.text(2 * x, -y, part.strip("*"), ha="center", va="center", size=13, bbox=box)
        ax.text(2 * x - 1, -y, "→" if x else "", ha="center", va="center", size=18)
ax.set_axis_off()
plt.show()

# %% [markdown]
# Grey is made by hand, green is learned. Deep learning moves the border of what we must know beforehand towards the raw input; what we know then sits in the examples and in the shape of the network. It pays with examples and computing.
#
# ## Learn with labels, without, and from reward
#
# The names came with answers: that is **supervised learning**. **Unsupervised learning** has no answers and looks for structure, such as groups. In **reinforcement learning** a program acts and gets a **reward**; nobody tells it which act would have been right.
#
# We show all three. 150 iris flowers with their species; the same flowers without, put into three groups by **k-means** (each flower joins the nearest of three centres, each centre moves to the mean of its flowers, again and again); and a gambler before two machines that pay with probability 0.3 and 0.6, who mostly pulls the one that paid better so far.

# %%
wins, pulls, chances = np.ones(2), 2 * np.ones(2), []  # at first: one win in two for each machine
for _ in range(1000):
    explore = random.random() < 0.1  # now and then, try any
    machine = random.integers(2) if explore else np.argmax(wins / pulls)
    chances.append((0.3, 0.6)[machine])  # the gambler does not see this number, only its reward
    wins[machine] += random.random() < chances[-1]
    pulls[machine] += 1
mean = np.cumsum(chances) / np.arange(1, 1001)
late = np.mean(chances[500:])
claim("chance of a reward, mean of the last 500 pulls", late, at_least=0.56)

# %% name="three-ways" alt="Three panels. Supervised: iris flowers by petal length and width, coloured by their three species. Unsupervised: the same flowers in the three groups that k-means found, nearly the same. Reinforcement: chance of a reward that the gambler chose, mean so far, against the number of pulls on a logarithmic axis; it starts at the worse machine and climbs to just below the 0.6 of the better machine, well above the 0.45 of random pulls."
iris = datasets.load_iris()
petals, lengths = iris.data[:, 2:], ["petal length (cm)", "petal width (cm)"]
found = cluster.KMeans(3, n_init=10, random_state=0).fit(petals)  # it sees no species
groups = np.argsort(np.argsort(found.cluster_centers_[:, 0]))[found.labels_]  # 0: short petals
share = np.mean(groups == iris.target)
claim("share of the flowers grouped like their species", share, at_least=0.9)
_, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4))
plots.class_scatter(petals, iris.target, lengths, iris.target_names, left).set_title("supervised")
plots.class_scatter(petals, groups, lengths, ["I", "II", "III"], middle).set_title("unsupervised")
named = {"gambler": mean, "better machine": np.full(1000, 0.6), "random pulls": np.full(1000, 0.45)}
plots.curves(range(1, 1001), named, "pull", "P(reward), mean so far", right)
right.set(title="reinforcement", xscale="log", ylim=(0.2, 0.8))
plt.show()

# %% [markdown]
# Without a single label the middle panel nearly finds the species, though not their names; the gambler finds the better machine from rewards alone. (The curve is the chance of a reward on the machines it chose; rewards themselves would add luck.) Trying has a price: one pull in twenty still goes to the worse machine, which costs $0.05 \cdot 0.3 = 0.015$ on average. This course is mostly about supervised learning.
#
# ## Ask where labels come from
#
# Supervised learning needs labels, and someone has to make them:
#
# - **experts**: 54 ophthalmologists and senior residents graded 128,175 pictures of retinas (Gulshan et al. 2016), which is dear;
# - **crowds**: paid workers sorted ImageNet's pictures, and volunteers the galaxies of Galaxy Zoo;
# - **instruments and later tests**: a blood test says whether the patient in the X-ray had the infection, a spectrum how far away the galaxy is.
#
# One worker of a crowd errs, so several vote. If each of $n$ is right with probability $p$, independently, the majority of an odd $n$ is right with probability $\sum_{k > n/2} \binom{n}{k} p^k (1 - p)^{n - k}$. **Predict:** what do many voters make of $p = 0.8$, and of $p = 0.4$?


# %% name="crowd-labels" alt="Probability that the majority is right against the number of voters, 1 to 25. For voters who are right 8 times in 10 it climbs quickly to nearly 1; for 6 in 10 it climbs slowly; for 4 in 10 it sinks."
def majority(p, n):
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n // 2 + 1, n + 1))


named = {f"p = {p}": [majority(p, n) for n in range(1, 26, 2)] for p in (0.8, 0.6, 0.4)}
plots.curves(range(1, 26, 2), named, "number of voters", "P(majority is right)")
with claim_table():
    claim("P(majority of 25 is right), p = 0.8", majority(0.8, 25), at_least=0.99)
    claim("P(majority of 25 is right), p = 0.6", majority(0.6, 25), at_least=0.8)
    claim("P(majority of 25 is right), p = 0.4", majority(0.4, 25), at_most=0.2)
plt.show()

# %% [markdown]
# Votes amplify. Voters who are right more often than not gain from company, at 0.8 quickly, at 0.6 slowly; those who are wrong more often than not lose. And "independently" carries the weight: if a picture misleads *everyone* in the same way, no number of votes helps. Labels are measurements, with errors of their own.
#
# ## See how it came about
#
# Now history, in one figure. A **neuron** in it is a weighted sum followed by a threshold: it answers 1 if the sum is large enough. The **perceptron** learns the weights of one. It cannot learn **XOR**, "exactly one of two inputs is 1"; a **hidden layer** of neurons before the answer can. **Backpropagation** is the chain rule run backwards through such layers (lesson 02). A **deep belief net** is a stack of layers, each first trained without labels. A **winter** is a time in which money and researchers stay away.
#
# Three things in it are often told wrongly. The famous promise of 1958, a machine that would "walk, talk, see, write, reproduce itself and be conscious of its existence", is often quoted as Rosenblatt's own sentence; it is how *The New York Times* reported what the Navy expected. Rosenblatt himself promised hardly less that year: a machine "capable of perceiving, recognizing and identifying its surroundings without any human training or control". Bryson and Ho did not invent the chain rule, which goes back to Leibniz: their book of 1969 runs it backwards through many stages of a control problem. And AlexNet, which won the ImageNet challenge of 2012, has 8 layers with weights, not 7.

# %%
events = [  # year, height in the figure, what
    (1943, 1.0, "1943 McCulloch, Pitts:\nneuron as a threshold unit"),
    (1957, -1.0, "1957 Rosenblatt:\nthe perceptron learns"),
    (1958, 2.3, "1958 press: it will “walk, talk,\nsee, write, reproduce itself”"),
    (1969, 1.0, "1969 Minsky, Papert:\nno XOR for a perceptron"),
    (1969, -2.3, "1969 Bryson, Ho: slopes\nback through many stages"),
    (1986, 2.3, "1986 Rumelhart, Hinton, Williams:\nbackpropagation finds features"),
    (1989, -1.0, "1989–98 LeCun and others:\nLeNet reads digits (OCR)"),
    (2006, 1.0, "2006 Hinton, Osindero,\nTeh: deep belief nets"),
    (2012, -2.3, "2012 Krizhevsky, Sutskever,\nHinton: AlexNet, 8 layers"),
]

# %% name="history" alt="Timeline from 1940 to 2020. 1943 McCulloch and Pitts, the neuron as a threshold unit. 1957 Rosenblatt's perceptron. 1958 the press promises that it will walk, talk, see, write and reproduce itself. 1969 Minsky and Papert on XOR, and Bryson and Ho on slopes through many stages. Then a shaded winter until 1986, when Rumelhart, Hinton and Williams publish backpropagation. 1989 to 1998 LeNet reads digits. 2006 deep belief nets. 2012 AlexNet with 8 layers."
_, ax = plt.subplots(figsize=(12, 4.6))
ax.axvspan(1970, 1986, color="#56B4E9", alpha=0.25, label="winter")
ax.axhline(0, color="black", linewidth=1.5)
for year, height, what in events:
    ax.plot([year, year], [0, height], "o-", markevery=[0], color=plots.NEGATIVE, linewidth=1.2)
    ax.text(year, height, what, ha="center", va="bottom" if height > 0 else "top")
ax.set(xlim=(1934, 2022), ylim=(-3.3, 3.4), xlabel="year", yticks=[])
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# Ideas come early and wait: the threshold unit for a rule that learns, the perceptron for hidden layers, backpropagation for data and computers. Backpropagation itself is older than 1986: Linnainmaa (1970) states it for computations of any kind, Werbos proposes it for networks (1974, in print 1982). A book did not kill the field alone: the ways that existed to train a stack of neurons, as XOR needs, were little known, and computers were slow. (A second, quieter lull followed in the late 1990s, when other methods did as well with less trouble.)
#
# ## Read the turning point off the data
#
# The ImageNet challenge (ILSVRC) asked programs to name the object in a photograph: 1,000 classes, 1.2 million training pictures, labelled by paid crowd workers. An answer is five guesses; the **top-5 error** is the share of pictures whose label is not among them. Blind guessing has an error of $1 - \frac{5}{1000}$, 99.5 %. (An *SVM*, support vector machine, learns to separate classes by given features.)
#
# **Predict:** between 2010 and 2015 one year stands out. By how many percentage points did the error fall in it?

# %% name="ilsvrc" alt="Top-5 error in per cent by year. Features made by hand: 28.2 in 2010, 25.8 in 2011, 26.2 for the runner-up of 2012. Deep networks: AlexNet 16.4 and 15.3 in 2012, Clarifai 11.7 and 11.2 in 2013, VGG 7.32 and GoogLeNet 6.67 in 2014, ResNet 3.57 in 2015. A dash marks one trained human, 5.1 in 2014."
_, ax = plt.subplots(figsize=(9, 4.6))
ax.plot([], [], "C0o", [], [], "C1^", markersize=9)
ax.legend(["features by hand", "deep network"])
table = load_ilsvrc()
for year, error, layers, system in zip(*table, strict=True):
    print(f"{year}  {error:5.2f} %  {system}")
    kind = "C0o" if "by hand" in system else "k_" if "human" in system else "C1^"
    ax.plot(year, error, kind, markersize=9)
    name = system.split(" (")[0] + (f", {layers} layers" if layers else "")
    place = (-100, -3) if kind == "k_" else (8, -11 if "extra" in name or "Goo" in name else 0)
    ax.annotate(name, (year, error), xytext=place, textcoords="offset points", size=9)
before, runner_up, alone, extra = table.top5_error[[1, 2, 3, 4]]  # of 2011, then three of 2012
shares = np.array([extra, alone]) / runner_up
fall, fall_alone = before - extra, before - alone
with claim_table():
    claim("AlexNet, more data: points below 2011", fall, equals=10.5, within=0.01)
    claim("AlexNet, same data: points below 2011", fall_alone, equals=9.4, within=0.01)
    claim("AlexNet's error ÷ the runner-up's", shares, at_least=0.58, at_most=0.63)
ax.set(xlabel="year", ylabel="top-5 error (%)", ylim=(0, 31), xlim=(2009.7, 2016.3))
plt.show()

# %% [markdown]
# In 2012 the best error falls by more than ten points, to 15.3 % (9.4 points, to 16.4 %, with the same data as the others), while the best features made by hand stand still. That is often told as "nearly half the runner-up's error"; it is closer to three fifths. Depth then grows from 8 layers to 19 (VGG), 22 (GoogLeNet) and 152 (ResNet).
#
# "Better than a human" needs care. 5.1 % is *one* person, who practised on 500 pictures and was then tested on 1,500; a second, with less practice, had 12 %. The networks are several voting together (the figure gives the layers of the deepest). And both are asked for breeds of dogs, not for what people see in pictures.
#
# ## Ask why now
#
# Backpropagation (1986) and convolution trained by it (1989, lesson 04) are the core of AlexNet. What was missing then is mostly ordinary: labelled data (LeNet-5 learned from 60,000 pictures, AlexNet from 1.2 million); fast computers, graphics processors above all; **activations**, **optimisers** and **architectures** that let deep networks learn (lessons 02 to 05 explain them); frameworks with autodiff; and open code, data and benchmarks, so that each result is tomorrow's starting point.
#
# What tuned software does with the same computer you can feel here. One matrix product: first as a loop in Python that adds its 8 million products number by number, then with `@`, which hands it to a tuned library. **Predict:** by which factor do the times differ?


# %%
def product_by_loop(A, B):
    product = np.zeros((len(A), B.shape[1]))
    for i, row in enumerate(A):
        for j, column in enumerate(B.T):
            product[i, j] = sum(row * column)
    return product


A = random.normal(size=(200, 200))
B = random.normal(size=(200, 200))
difference = product_by_loop(A, B) - A @ B
claim("loop − tuned product", difference, equals=0, within=1e-9)

loop = timeit.timeit(lambda: product_by_loop(A, B), number=1)
tuned = min(timeit.repeat(lambda: A @ B, number=1, repeat=200))
print(f"loop: {loop:.3f} s")
print(f"tuned: {tuned:.6f} s, the fastest of 200 times")
print(f"loop ÷ tuned: {loop / tuned:.1f}")

# %% [markdown]
# The same products and sums, on the same processor. How large the factor is depends on your machine, and on what else it is doing, so we assert the result and not the time. What decides is how much work goes into *arranging* the arithmetic. The loop asks Python for each of the 8 million numbers anew: of which type is it, and what does adding mean for this type? The library knows both beforehand, multiplies several numbers in one instruction, and takes the matrices in blocks that the fast memory close to the processor can hold.
#
# A graphics processor gains another large factor on big matrices. That suggests a **hypothesis**: deep learning is largely a success of *engineering*. If it holds, taking away a single tool, such as the activation or the connections that skip layers, should undo the success of a deep network: lessons 02 and 05 test that.
#
# ## Treat it as an experimental science
#
# For most of what you will see there is no theorem that says beforehand what works. We find out by experiment, and experiments can mislead. The last two letters beat the last letter on the whole test set of 1,004 names. Suppose that we had tested both on 50 names only. **Predict:** how often would the better feature *not* have won?

# %% name="small-experiments" alt="Two histograms of the difference in test accuracy, last two letters minus last letter, in percentage points, over 2000 random test sets. With 50 names the differences spread widely, from below minus 10 to above plus 15, around 3. With 400 names they lie close together, nearly all above zero."
old, new = (is_right(count(part), part, *test).astype(int) for part in (last, last_two))
bands = {50: {"at_least": 28, "at_most": 41}, 400: {"at_most": 7}}
for number, band in bands.items():
    gains = 100 * random.choice(new - old, (2000, number)).mean(axis=1)  # a name may come twice
    plt.hist(gains, np.arange(-17, 24, 2), alpha=0.6, label=f"{number} test names")
    opposite = 100 * np.mean(gains < 0)
    draw = 100 * np.mean(gains == 0)
    print(f"{number} names: {opposite:.1f} % say the opposite, {draw:.1f} % are a draw")
    claim(f"{number} names: % of the experiments not won", opposite + draw, **band)
plt.legend()
plt.gca().set(xlabel="accuracy gained (percentage points)", ylabel="experiments")
plt.show()

# %% [markdown]
# About one small experiment in three is not won: it ends in a draw, or it says the opposite. With 400 names that happens in fewer than one of ten. So this course repeats its experiments over several seeds, compares with baselines, changes one thing at a time, and claims only what holds with a margin. Do the same with whatever you read.
#
# ## Recap
#
# - `make lab` opens your copies, `course reset 00` gives clean ones; a check says not attempted, wrong and why, or right.
# - A matrix holds a weighted sum in each row; slopes multiply along a chain; $P(A \mid B)$ is not $P(B \mid A)$.
# - `uint8` goes round, (n, 1) minus (n,) is (n, n), `float32` has 7 digits: print shapes and types.
# - Rules are written, models count on features made by hand, deep networks learn the features too; labels, structure or rewards are what they learn from.
# - The ideas are decades old; data, computers and tools made them work by 2012, and only repeated experiments with baselines show what works.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/00_start_here.ipynb](exercises/00_start_here.ipynb). Then open [lesson 01](01_logistic_regression.ipynb): how one neuron learns.
#
# ## Further reading
#
# - LeCun, Bengio and Hinton (2015), "Deep learning", *Nature* 521: the field on nine pages, by three who made it.
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapters 1 to 4: history, and the mathematics refreshed here at more length.
# - Russakovsky et al. (2015), "ImageNet large scale visual recognition challenge", *IJCV* 115: how the pictures were labelled, and the human's 5.1 %.
# - VanderPlas, *Python Data Science Handbook* (2016), chapter 2: NumPy arrays and broadcasting, with pictures.
# - Gulshan et al. (2016), "Development and validation of a deep learning algorithm for detection of diabetic retinopathy", *JAMA* 316: what careful labels take.
