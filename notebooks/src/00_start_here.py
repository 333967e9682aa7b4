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
# **Minutes:** 45 to read, 60 to do, 1 to run.

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

random = np.random.default_rng(0)  # with seed 0: the same random numbers in every run
plots.use_style()

# %% [markdown]
# ## Run, change, reset
#
# `make lab` in a terminal opens your own copies of the notebooks. Click on the cell above and press Shift + Enter to run it. `[*]` beside a cell means that it is at work (loading TensorFlow can take half a minute), a number that it is done. A Python process, the **kernel**, runs the cells and remembers what they define; *Kernel → Interrupt Kernel* stops a cell that never ends. Each notebook has its own kernel: exercises know nothing that their lesson defines.
#
# Run the cells from top to bottom: a cell knows only what ran before it, *in the order in which you ran it*. When results look strange, choose *Kernel → Restart Kernel and Run All Cells*.
#
# Where it says **Predict**, stop and answer before you look: a wrong guess teaches more than a right output. Cells that only draw a figure you may run without reading them.
#
# Change whatever you like. `course reset 00`, typed in a terminal of JupyterLab (*File → New → Terminal*), gives you clean copies of this lesson *and its exercises*; yours stay beside them under a name with the date. Open the clean file anew. In any other terminal, go to the course's folder and type `.venv/bin/course reset 00` (Windows: `.venv\Scripts\course reset 00`); so it is with every command that begins with `course`.
#
# ## Check your machine
#
# If the cell above ran without an error, almost everything is in place. **Keras** is the library in which we build neural networks, the programs that this course is about; its **backend**, here TensorFlow, does the computing. Your versions may differ from those that you see printed here.

# %% tags=["nbval-ignore-output"]
print("Python", platform.python_version())
print("NumPy", np.__version__)
print("Keras", keras.__version__)
print("backend:", keras.backend.backend())

# %%
major_version = int(keras.__version__.split(".")[0])
claim("Keras, major version", major_version, equals=3)

two = ops.add(1, 1)  # computed by the backend
claim("1 + 1, computed by the backend", ops.convert_to_numpy(two), equals=2)

# %% [markdown]
# Each line with a ✓ is a **claim**: a statement that the notebook tests whenever it runs. If one is false, the cell stops with an error. If something does not work at all, `course doctor` names the cause and the command that mends it.
#
# Each lesson has exercises, and each exercise has a **check** that tells three things apart: not attempted, wrong, right. Here is one. A camera inspects parts; it raises an alarm at, say, 90 % of the faulty ones. It has just raised an alarm. How probable is a fault? A hasty answer is: 90 %, the share of faulty parts that it finds.


# %%
def hasty_answer(prior, hit_rate, false_alarm_rate, num_alarms):
    return hit_rate


# %% [markdown]
# We hand it in. (`try` and `except` are here only so that this notebook runs on after the error.)

# %%
try:
    check("00-alarm", hasty_answer, seed=0)
except Exception as message:
    print(message)

# %% [markdown]
# The check names the misconception behind the answer, not the right answer. Its last line shows the numbers that it tried: the share of parts that are faulty, the share of those that are found, the share of good parts that give a false alarm, and the number of alarms. In the exercises the check draws fresh numbers each time. Here it does not, because we fix the **seed**: random numbers in a computer come from a formula, the seed is the number that it starts from, and the same seed gives the same numbers.
#
# The exercise waits for you at the end, with `hint("00-alarm")` for when you are stuck; now to the tools that it needs.
#
# ## Refresh vectors and matrices
#
# A **vector** is a list of numbers. Its length, drawn as an arrow (not Python's `len`), is $\lVert x \rVert = \sqrt{\sum_i x_i^2}$. The **dot product** of two vectors is $w \cdot x = \sum_i w_i x_i$: multiply entry by entry, then add. It is a weighted sum: $w$ says how much each entry of $x$ counts.

# %%
length = np.linalg.norm([3, 4])  # the square root of 3² + 4²
claim("length of (3, 4)", length, equals=5)

# %% [markdown]
# A **matrix** is a table, and $W x$ takes one dot product for each of its rows. Let three shops sell apples and bread; $W$ holds their prices, a row for each shop, and $x$ what we buy. Then $W x$ is what each shop charges.

# %%
prices = np.array([[0.5, 2.0], [0.4, 2.5], [0.6, 1.5]])
basket = np.array([4.0, 1.0])  # 4 apples, 1 loaf of bread
print(prices)
print("prices", prices.shape, "basket", basket.shape)

# %%
print("first shop, by hand:", 0.5 * 4 + 2.0 * 1)

charges = prices @ basket  # @ is the matrix product
print("all three shops:", charges, "shape", charges.shape)

# %%
three_baskets = np.ones((2, 3))  # a column for each basket: 1 apple, 1 loaf
charges_of_three = prices @ three_baskets  # a row for each shop
print(prices.shape, "@", three_baskets.shape, "gives", charges_of_three.shape)

# %% [markdown]
# In `A @ B` the inner sizes must agree, and they vanish: (3, **2**) times (**2**, 3) gives (3, 3). Many errors in deep learning code are sizes that do not agree; the worst are those that agree by accident, as we shall see.
#
# ## Refresh slopes and the chain rule
#
# The **derivative** $f'(x)$ is the slope of $f$ at $x$: how much $f$ changes for each unit that $x$ changes, if the change is tiny. A computer can try it with a step $h$, ahead or to both sides:
#
# $$f'(x) \approx \frac{f(x + h) - f(x)}{h} \qquad\text{or}\qquad f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}$$
#
# These are **finite differences**.


# %%
def ahead(f, x, h):
    return (f(x + h) - f(x)) / h


def both_sides(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


# %% [markdown]
# We try both on $f(x) = \sin x$ at $x = 1$, where the slope is $\cos 1$. **Predict:** the formulas are exact for a step that shrinks to nothing. Is the smallest of three steps, $10^{-13}$, then the best on a computer?

# %%
true_slope = np.cos(1)
print(f"true slope: {true_slope:.6f}")

for h in [1e-1, 1e-5, 1e-13]:
    slope_ahead = ahead(np.sin, 1, h)
    slope_both = both_sides(np.sin, 1, h)
    print(f"h = {h:.0e}: ahead {slope_ahead:.6f}, to both sides {slope_both:.6f}")

# %%
error = both_sides(np.sin, 1, 1e-5) - true_slope
claim("to both sides, h = 0.00001: error of the slope", error, equals=0, within=1e-9)

# %% [markdown]
# No: of the three steps printed the middle one is the best. To see where it turns, we try 200 steps. Both axes of the figure are **logarithmic**: each mark stands for several times the one before it.

# %% name="finite-differences" alt="Error of the slope against the step h, both axes logarithmic. Going from large to small steps both errors fall, the one to both sides twice as steeply; then, the one to both sides below about 1e-5 and the one ahead below about 1e-8, they rise again and become ragged."
steps = np.logspace(-13, 0, 200)  # 200 steps from 1e-13 to 1
slopes_ahead = ahead(np.sin, 1, steps)  # NumPy computes all 200 at once
slopes_both = both_sides(np.sin, 1, steps)

errors = {
    "ahead": np.abs(slopes_ahead - true_slope),
    "to both sides": np.abs(slopes_both - true_slope),
}
plots.curves(steps, errors, "step h", "error of the slope")
plt.xscale("log")
plt.yscale("log")
plt.show()

# %% [markdown]
# Read the figure from right to left. Smaller steps help at first, to both sides far more than ahead. Then the error grows again, because a computer keeps about 16 digits of a number: two almost equal numbers, subtracted, leave mostly rounding. A step near $10^{-5}$ to both sides is a good habit; lesson 02 checks its slopes with one.
#
# The **chain rule** gives the slope of one function inside another: with $u = g(x)$ and $y = f(u)$, slopes multiply, $\dfrac{dy}{dx} = \dfrac{dy}{du} \cdot \dfrac{du}{dx}$. For $y = \sin(x^2)$ the inner function is $u = x^2$, with slope $2x$, and the outer one $\sin u$, with slope $\cos u$. Together: $\cos(x^2) \cdot 2x$.


# %%
def sine_of_square(x):
    return np.sin(x**2)


by_rule = np.cos(1.5**2) * 2 * 1.5
by_differences = both_sides(sine_of_square, 1.5, 1e-5)
print(f"slope at 1.5: by the chain rule {by_rule:.6f}")
print(f"              by differences    {by_differences:.6f}")
claim("chain rule − differences", by_rule - by_differences, equals=0, within=1e-8)

# %% [markdown]
# A function of several variables has a slope along each, a **partial derivative**: the other variables are held, as if they were plain numbers. For $f(a, b) = a^2 b$ the slope along $a$ is $2ab$, and the slope along $b$ is $a^2$. The list of all of them is the **gradient**, $\nabla f = (2ab,\; a^2)$. It points the way in which $f$ rises fastest. At $a = 3$, $b = 5$ it is $(30, 9)$.


# %%
def along_a(a):
    return a**2 * 5  # b is held at 5


def along_b(b):
    return 3**2 * b  # a is held at 3


slope_a = both_sides(along_a, 3, 1e-5)
slope_b = both_sides(along_b, 5, 1e-5)
print(f"slopes at (3, 5), by differences: {slope_a:.4f} and {slope_b:.4f}")

errors_ab = [slope_a - 30, slope_b - 9]
claim("gradient of a²b, by rule − by differences", errors_ab, equals=0, within=1e-6)

# %% [markdown]
# A neural network is functions inside functions, with up to millions of variables. Lesson 02 turns the chain rule into the algorithm that gives all their slopes in one sweep.
#
# ## Refresh probability
#
# The **expected value** of a random number is its average weighted by probability, $E[X] = \sum_x x\, P(x)$; for a die $\frac{1 + \dots + 6}{6} = 3.5$, a number that it never shows. The **standard deviation** $\sqrt{E\big[(X - E[X])^2\big]}$ says how far the number typically strays from there. The mean of $n$ throws strays less, by the factor $\sqrt{n}$: for 100 throws only a tenth as far.
#
# A **conditional probability** $P(A \mid B)$, read "of A, given B", looks only at the cases in which $B$ holds. We count it among 4,159 first names. Each has a **label**, the answer that we should like a program to give: here the sex that the name was more common for, 0 for female, 1 for male.

# %%
names = load_names()
x_train = names.x_train  # names to learn from, a list
y_train = names.y_train  # their labels, an array
for number in range(4):
    print(f"{x_train[number]}: {y_train[number]}")

# %% [markdown]
# **Predict:** which is larger, the share of female names that end in a, or the share of names ending in a that are female?

# %%
is_female = y_train == 0  # True or False for each name
ends_in_a = np.array([name.endswith("a") for name in x_train])

share_a = ends_in_a[is_female].mean()  # looks only at female names
print(f"P(a | female) = {share_a:.3f}, of {is_female.sum()} female names")

share_female = is_female[ends_in_a].mean()  # looks only at names in a
print(f"P(female | a) = {share_female:.3f}, of {ends_in_a.sum()} that end in a")

# %% [markdown]
# Not half of the female names end in a, but a name that does is almost surely female. To mix the two up is the mistake of the hasty answer above. **Bayes's rule** leads from one to the other:
#
# $$P(A \mid B) = \frac{P(B \mid A)\, P(A)}{P(B)}$$
#
# Here $A$ is "female", and $B$ is "ends in a".

# %%
p_female = is_female.mean()  # of all names
p_a = ends_in_a.mean()
by_bayes = share_a * p_female / p_a
print(f"{share_a:.3f} · {p_female:.3f} / {p_a:.3f} = {by_bayes:.3f}")

# %% [markdown]
# It is the share that we counted. Where $P(B)$ is not known, it is put together from both ways to it, with $A$ and without:
#
# $$P(B) = P(B \mid A)\,P(A) + P(B \mid \text{not } A)\,P(\text{not } A)$$
#
# And two events are **independent** if one says nothing about the other; then $P(A \text{ and } B) = P(A)\,P(B)$.
#
# ## Handle arrays
#
# An **array** has a `shape`, the number of entries along each **axis**, and a `dtype`, the type of all its entries. A photograph is height × width × 3 colours (red, green, blue), in `uint8`: whole numbers of 8 **bits**, binary digits. These can be $2^8 = 256$ different numbers, 0 to 255.

# %%
photos = load_photos()
cat = photos.names.index("cat")  # where the cat is in the list
photo = photos.x[cat]
print("shape", photo.shape, "dtype", photo.dtype)

# %% [markdown]
# We brighten the photograph by 100, the obvious way. `uint8` counts like a clock, only with 256 hours: after 255 comes 0. **Predict:** what does 200 + 100 give?

# %%
bright = np.array([200], dtype="uint8")
print("200 + 100 =", bright + 100)

# %%
wrapped = photo + 100  # the obvious way

wide = photo.astype("int32") + 100  # with care: int32 holds far larger numbers
cut = np.clip(wide, 0, 255)  # what is above 255 becomes 255
careful = cut.astype("uint8")

# %% name="uint8-wraps" alt="Three copies of a photograph of a cat. As it is; with 100 added in uint8, where bright fur has turned turquoise, in places blue or black; with 100 added in a wider type and cut at 255, simply brighter."
titles = ["original", "+ 100 in uint8", "+ 100, with care"]
plots.image_grid([photo, wrapped, careful], titles)
plt.show()

# %% [markdown]
# 300 goes round to 300 − 256 = 44, so what was bright is now darker than all the rest, colour by colour: where red alone goes round, the fur turns turquoise. No error is raised. Convert first, then compute.
#
# When shapes differ, NumPy **broadcasts**: it writes the shapes below each other, aligned on the *right*, and stretches a missing axis, or one of size 1, to fit. That is handy. A table of 4 rows and 2 columns minus the mean of each column centres the columns:
#
# ```
# table          (4, 2)
# column means      (2,)    stretched to (4, 2)
# ```
#
# And it is a trap. Below, four predictions come as a column, as Keras returns them, and the labels as a plain vector. Every prediction is right. **Predict:** which shape has `predictions - labels`, and is the mean of its squares 0?

# %%
labels = np.array([1.0, 2.0, 3.0, 4.0])
predictions = labels.reshape(4, 1)  # a column; all four are right

differences = predictions - labels
print(predictions.shape, "−", labels.shape, "=", differences.shape)
print(differences)
print("mean squared error:", np.mean(differences**2))

# %%
column = predictions[:, 0]  # the only column, as a plain vector
differences = column - labels
print(column.shape, "−", labels.shape, "=", differences.shape)
print("mean squared error:", np.mean(differences**2))

# %% [markdown]
# No. (4, 1) minus (4,) is (4, 4): *each* prediction minus *every* label. Only the diagonal holds what we wanted. The mean of the squares is a number, it is wrong, and nothing complains. A number like this one, which says how wrong a program is, is called a **loss**. Whenever a loss looks odd, print the shapes.
#
# <details><summary>Why just 2.5?</summary>
#
# Of the 16 differences 4 are 0, 6 are ±1, 4 are ±2 and 2 are ±3. Their squares add up to $6 \cdot 1 + 4 \cdot 4 + 2 \cdot 9 = 40$, and $40 / 16 = 2.5$.
#
# </details>
#
# ## Meet tensors, and the first gradient
#
# A **tensor** is Keras's array: it can live on a graphics processor, a chip that does many operations at once, and one can take slopes of what is computed from it. `keras.ops` mirrors most of NumPy, and conversion goes both ways.

# %%
tensor = ops.ones((2, 3))
print("shape", tensor.shape, tensor.dtype)

back = ops.convert_to_numpy(2 * tensor + 1)
print("back in NumPy:")
print(back)

# %% [markdown]
# One habit differs. NumPy computes in `float64`, which keeps 53 bits of a number, about 16 decimal digits. Keras computes in `float32`, which keeps 24 bits, about 7 decimal digits: enough for learning, and half the memory. The largest whole number of 24 bits is $2^{24} - 1 = 16{,}777{,}215$. **Predict:** 16,777,217 is odd and has 25 bits. What becomes of it in `float32`?

# %%
counted = np.float32(16_777_217)
print("16,777,217 in float32:", int(counted))

# %% [markdown]
# It is rounded to an even neighbour, whose last bit is 0 and need not be kept. So do not count in `float32`, and do not ask whether two results are equal, but whether they differ by little.
#
# Now what makes tensors worth it. **Automatic differentiation**, autodiff, records each operation on a tape and applies the chain rule to the record. As a small program with a loss we take a weighted sum of two numbers: its two factors are called **weights** $w$, and its loss is the mean squared error over 20 examples.

# %%
inputs = random.normal(size=(20, 2))  # 20 examples of 2 numbers, drawn at random
targets = random.normal(size=20)  # what the program should answer to each


def mean_squared_error(w):
    answers = ops.matmul(inputs, w)  # a weighted sum for each example
    return ops.mean((answers - targets) ** 2)


start = np.array([0.5, -1.0])  # two weights, chosen freely
print(f"loss at the start: {float(mean_squared_error(start)):.4f}")

# %% [markdown]
# Which way must each weight change to lower the loss? The gradient tells: where the slope is positive, a smaller weight lowers it, where it is negative, a larger one. Keras leaves autodiff to its backend, hence `tf`; a `tf.Variable` is a tensor that the tape watches.

# %%
w = tf.Variable(start)
with tf.GradientTape() as tape:
    loss = mean_squared_error(w)
gradient = tape.gradient(loss, w)
print(f"slope along each weight: {gradient[0]:.4f} and {gradient[1]:.4f}")

# %% [markdown]
# We check it by finite differences, which need two evaluations for each weight. (The arrays come from NumPy and keep their 16 digits here: in `float32` a step of $10^{-5}$ would drown in rounding.)

# %%
h = 1e-5
slopes = []
for nudge in [np.array([h, 0]), np.array([0, h])]:  # one weight moves, one is held
    above = mean_squared_error(start + nudge)
    below = mean_squared_error(start - nudge)
    slopes.append(float(above - below) / (2 * h))

print(f"slope along each weight: {slopes[0]:.4f} and {slopes[1]:.4f}")
claim("autodiff − differences", gradient - np.array(slopes), equals=0, within=1e-8)

# %% [markdown]
# They agree. Autodiff does it for any function that is built from differentiable steps, those that have a slope, in about the time of a few evaluations, for two weights or for millions. (Counting, rounding and picking the largest are no such steps: the share of right answers has slope 0, or none.) What a gradient is good for, lesson 01 shows.
#
# ## Place deep learning
#
# **Artificial intelligence** is any program that does what seems to need intelligence. **Machine learning** is the part that takes its behaviour from examples. **Deep learning** is the part of *that* which computes its answer in several steps, called **layers**: each turns the numbers of the one before into new ones, and how it does so is learned from the examples. The program is then called a **neural network**, and the numbers that it learns are its weights.
#
# (A **random forest** in the figure is a vote of many learned cascades of yes-or-no questions; a counted table comes next.)


# %% name="ai-ml-dl" alt="Three nested ellipses. The outermost is artificial intelligence, with expert rules and chess by search. Inside it, machine learning, with random forests and counted tables. Innermost, deep learning, with networks of many layers."
rings = [  # centre, width, height, place of the text, text
    (5.0, 10, 5.0, 1.4, "artificial\nintelligence\n\nexpert rules\nchess by search"),
    (6.4, 7.0, 4.0, 4.4, "machine\nlearning\n\nrandom forests\ncounted tables"),
    (7.8, 3.8, 2.8, 7.8, "deep\nlearning\n\nnetworks of\nmany layers"),
]
figure, ax = plt.subplots(figsize=(9.5, 4.2))
for center, width, height, place, text in rings:
    ring = patches.Ellipse((center, 0), width, height)
    ring.set(color=plots.NEGATIVE, alpha=0.18)
    ax.add_patch(ring)
    ax.text(place, 0, text, ha="center", va="center", size="large")
ax.set(xlim=(-0.1, 10.1), ylim=(-2.6, 2.6))
ax.set_axis_off()
plt.show()

# %% [markdown]
# ## Write a rule, then let a program count
#
# The task: from a first name, say its label, female (0) or male (1). The 4,159 names above, the **training set**, we may look at; we judge on 1,004 others, the **test set**.

# %%
x_test = names.x_test
y_test = names.y_test
print(len(x_train), "training names,", len(x_test), "test names")

# %% [markdown]
# First a **hand-crafted rule**, as an expert would write it: female if the name ends in a or e.


# %%
def rule(name):
    if name[-1] in "ae":
        return 0
    return 1


print("anna:", rule("anna"), "john:", rule("john"))

# %% [markdown]
# Its rival looks at nothing and always says "female". **Predict:** which of the two gets more of the 1,004 test names right? (3,225 of the 4,159 training names are female, as you saw.)

# %% name="rule-against-constant"
rule_right = 0
for name, label in zip(x_test, y_test, strict=True):  # side by side
    if rule(name) == label:
        rule_right += 1
constant_right = np.sum(y_test == 0)
print(f"of {len(x_test)} names: the rule {rule_right}, always female {constant_right}")

# %% [markdown]
# The rule sounds sensible, and it loses to a constant: most names in the table are female. Hold every result against such a **baseline**, or you do not know what it is worth.
#
# Next a **predictive model**. We choose a **feature**, something computed from the name, such as its last letter. The program counts for each letter how many training names that end in it are female and how many are male. The counts are the model's **parameters**: learned, not written.


# %%
def last_letter(name):
    return name[-1]


def count(feature):
    counts = Counter()  # a table in which every count begins at 0
    for name, label in zip(x_train, y_train, strict=True):
        counts[feature(name), label] += 1
    return counts


# %% name="letter-counts"
letter_counts = count(last_letter)
for letter in "aenoy":
    female = letter_counts[letter, 0]
    male = letter_counts[letter, 1]
    print(f"{letter}: {female} female, {male} male")

# %% [markdown]
# The program has found our rule for a and e by itself, and more: n and y lean to female, o to male. It answers with the majority of what it counted: "female" for a tie, or for a letter that it has never met.


# %%
def is_right(feature, x, y):
    counts = count(feature)
    right = []
    for name, label in zip(x, y, strict=True):
        value = feature(name)
        is_male = counts[value, 1] > counts[value, 0]
        right.append(is_male == label)  # True counts as 1, False as 0
    return np.array(right)


test_accuracy = is_right(last_letter, x_test, y_test).mean()
print(f"last letter: right on {test_accuracy:.1%} of test names")

# %% [markdown]
# The share of right answers is called **accuracy**. We add two finer features: the last two letters, and the whole name. **Predict:** which of the three does best on the training names, and which on the test names?


# %%
def last_two_letters(name):
    return name[-2:]


def whole_name(name):
    return name


# %% name="three-features"
for feature in [last_letter, last_two_letters, whole_name]:
    train_accuracy = is_right(feature, x_train, y_train).mean()
    test_accuracy = is_right(feature, x_test, y_test).mean()
    print(feature.__name__.replace("_", " "))
    print(f"  {train_accuracy:.1%} of training, {test_accuracy:.1%} of test names")

# %% [markdown]
# The whole name gets every training name right: it has learned them by heart. On names that it has not met it can only say "female", and is back at the baseline. To **generalise** is to be right on examples that were not there to learn from, so the training accuracy proves nothing. Lesson 03 is about this gap.
#
# The last two letters generalise well. But who chose them? We did. In classical machine learning **feature extraction** is the expert's work; in deep learning the features are learned as well.


# %% name="feature-learning" alt="Three rows of boxes joined by arrows. Rules: input, rules by hand, answer. Classical machine learning: input, features by hand, model learned, answer. Deep learning: input, simple features learned, richer features learned, model learned, answer. Boxes made by hand are grey, learned ones green."
by_hand = ["rules", "features"]
learned = ["simple\nfeatures", "richer\nfeatures", "model"]
rows = {
    "rules": ["input", "rules", "answer"],
    "classical\nmachine learning": ["input", "features", "model", "answer"],
    "deep learning": ["input", *learned, "answer"],
}
figure, ax = plt.subplots(figsize=(10, 3.6))
style = {"ha": "center", "va": "center", "size": 13}
for row, kind in enumerate(rows):
    ax.text(-2.1, -row, kind, weight="bold", **style)
    for place, text in enumerate(rows[kind]):
        color = "white"
        if text in by_hand:
            color = "#CCCCCC"
        if text in learned:
            color = "#7FD1B4"
        box = {"boxstyle": "round,pad=0.5", "facecolor": color}
        ax.text(2 * place, -row, text, bbox=box, **style)
        if place > 0:
            ax.text(2 * place - 1, -row, "→", **style)
ax.set(xlim=(-3.4, 8.8), ylim=(-2.4, 0.4))
ax.set_axis_off()
plt.show()

# %% [markdown]
# Grey is made by hand, green is learned. Deep learning moves the border of what we must know beforehand towards the raw input; what we know then sits in the examples and in the shape of the network. It pays with examples and computing.
#
# ## Learn with labels, without, and from reward
#
# The names came with answers: that is **supervised learning**. **Unsupervised learning** has no answers and looks for structure, such as groups. In **reinforcement learning** a program acts and gets a **reward**; nobody tells it which act would have been right.
#
# For the first two we take 150 iris flowers of three species. Supervised, a program sees the species; unsupervised, it does not, and has to form three groups. **k-means** does so: each flower joins the nearest of three centres, each centre moves to the mean of its flowers, again and again.

# %%
iris = datasets.load_iris()
petals = iris.data[:, 2:]  # length and width of a petal, in cm
print("petals", petals.shape, "species", iris.target.shape)

kmeans = cluster.KMeans(3, n_init=10, random_state=0)
kmeans.fit(petals)  # it sees no species
print("a group for each flower:", kmeans.labels_.shape)

# %% [markdown]
# k-means numbers its groups in any order. We number them from short petals to long ones, which is also the order of the species, and compare.

# %% name="k-means"
petal_length = kmeans.cluster_centers_[:, 0]  # of the three centres
short_to_long = np.argsort(petal_length)  # the groups in this order
groups = np.zeros(150, dtype=int)
for number in range(3):
    members = kmeans.labels_ == short_to_long[number]
    groups[members] = number

share = np.mean(groups == iris.target)
claim("share of the flowers grouped like their species", share, at_least=0.9)

# %% [markdown]
# For the third we take a gambler before two machines that pay with probability 0.3 and 0.6. He does not know these numbers, and sees only the rewards. Nine times in ten he pulls the machine that paid better so far, else any of the two.

# %%
probabilities = [0.3, 0.6]
wins = np.array([1, 1])  # to begin with, each machine counts as
pulls = np.array([2, 2])  # pulled twice, with one reward
chances = []  # how probable a reward was, at each pull
for _ in range(1000):
    machine = np.argmax(wins / pulls)  # 0 or 1: the better one so far
    if random.random() < 0.1:
        machine = random.integers(2)  # now and then, any of the two
    if random.random() < probabilities[machine]:
        wins[machine] += 1  # a reward
    pulls[machine] += 1
    chances.append(probabilities[machine])

# %%
late = np.mean(chances[500:])
claim("chance of a reward, mean of the last 500 pulls", late, at_least=0.56)

# %% name="three-ways" alt="Three panels. Supervised: iris flowers by petal length and width, coloured by their three species. Unsupervised: the same flowers in the three groups that k-means found, nearly the same. Reinforcement: chance of a reward that the gambler chose, mean so far, against the number of pulls on a logarithmic axis; it starts low, and ends between the 0.45 of random pulls and the 0.6 of the better machine."
pull_numbers = np.arange(1, 1001)
chances_so_far = {
    "gambler": np.cumsum(chances) / pull_numbers,  # the mean so far
    "better machine": np.full(1000, 0.6),
    "random pulls": np.full(1000, 0.45),
}
measures = ["petal length (cm)", "petal width (cm)"]

figure, axes = plt.subplots(1, 3, figsize=(12, 4))
plots.class_scatter(petals, iris.target, measures, iris.target_names, axes[0])
plots.class_scatter(petals, groups, measures, ["I", "II", "III"], axes[1])
plots.curves(pull_numbers, chances_so_far, "pull", "P(reward), mean so far", axes[2])
axes[0].set_title("supervised")
axes[1].set_title("unsupervised")
axes[2].set(title="reinforcement", xscale="log", ylim=(0.2, 0.8))
plt.show()

# %% [markdown]
# Without a single label the middle panel nearly finds the species, though not their names; the gambler finds the better machine from rewards alone. (The curve is the chance of a reward on the machines that he chose; rewards themselves would add luck.) Trying has a price: he tries one time in ten, and half of these pulls go to the worse machine, which pays 0.3 less. That costs $0.1 \cdot 0.5 \cdot 0.3 = 0.015$ a pull on average. This course is mostly about supervised learning.
#
# ## Ask where labels come from
#
# Supervised learning needs labels, and someone has to make them:
#
# - **experts**: 54 eye doctors, some of them still in training, graded 128,175 pictures of retinas, the back of the eye (Gulshan et al. 2016), which is dear;
# - **crowds**: paid workers sorted ImageNet's pictures, and volunteers the galaxies of Galaxy Zoo;
# - **instruments and later tests**: a blood test says whether the patient in the X-ray had the infection, a spectrum how far away the galaxy is.
#
# Labels are measurements, with errors of their own. One worker of a crowd errs, so several vote; when that helps and when it harms, *Going further* shows.
#
# ## See how it came about
#
# Now history, in one figure. Some words in it:
#
# - A **neuron** is a weighted sum followed by a threshold: it answers 1 if the sum is large enough, else 0. The **perceptron** of 1957 learns the weights of one.
# - **XOR** is "exactly one of two inputs is 1". One neuron cannot learn it; a **hidden layer**, neurons between the input and the answer, can.
# - **Backpropagation** is the chain rule run backwards through the layers (lesson 02).
# - **LeNet** reads handwritten digits; *OCR* is optical character recognition.
# - A **deep belief net** is a stack of layers, each first trained without labels.
# - A **winter** is a time in which money and researchers stay away.

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
figure, ax = plt.subplots(figsize=(12, 4.6))
ax.axvspan(1970, 1986, color="#56B4E9", alpha=0.25, label="winter")
ax.axhline(0, color="black", linewidth=1.5)
for year, height, what in events:
    ax.plot([year, year], [0, height], color=plots.NEGATIVE, linewidth=1.2)
    ax.plot(year, 0, "o", color=plots.NEGATIVE)
    side = "bottom" if height > 0 else "top"
    ax.text(year, height, what, ha="center", va=side)
ax.set(xlim=(1934, 2022), ylim=(-3.3, 3.4), xlabel="year", yticks=[])
ax.legend(loc="lower left")
plt.show()

# %% [markdown]
# Ideas come early and wait: the threshold unit for a rule that learns, the perceptron for hidden layers, backpropagation for data and computers. A book did not kill the field alone: the ways that existed to train a stack of neurons, as XOR needs, were little known, and computers were slow.
#
# ## Read the turning point off the data
#
# The ImageNet challenge (ILSVRC) asked programs to name the object in a photograph: 1,000 classes, 1.2 million training pictures, labelled by paid crowd workers. An answer is five guesses; the **top-5 error** is the share of pictures whose label is not among them. Blind guessing has an error of $1 - \frac{5}{1000}$, 99.5 %. (An *SVM*, support vector machine, learns to separate classes by given features.)
#
# From 2010 to 2011 the best error fell from 28.2 to 25.8 %, by 2.4 **percentage points**, the difference of two percentages. **Predict:** in one later year the best error fell far more. Which year, and by how many points?

# %% name="ilsvrc"
results = load_ilsvrc()
for number, system in enumerate(results.systems):
    year = results.year[number]
    top5_error = results.top5_error[number]
    print(f"row {number:2}: {year}  {top5_error:5.2f} %  {system}")

# %%
error_of = dict(zip(results.systems, results.top5_error, strict=True))
best_of_2011 = error_of["XRCE (features by hand, SVM)"]
runner_up = error_of["ISI (features by hand), runner-up"]
alexnet = error_of["AlexNet"]
alexnet_extra = error_of["AlexNet, with extra data"]

fall_extra = best_of_2011 - alexnet_extra
fall = best_of_2011 - alexnet
shares = np.array([alexnet_extra, alexnet]) / runner_up
with claim_table():
    claim("AlexNet, more data: points below 2011", fall_extra, equals=10.5, within=0.01)
    claim("AlexNet, same data: points below 2011", fall, equals=9.4, within=0.01)
    claim("AlexNet's error ÷ the runner-up's", shares, at_least=0.58, at_most=0.63)

# %% [markdown]
# In 2012 the best error falls by more than ten points (9.4 points with the same data as the others), while the best features made by hand stand still. That is often told as "nearly half the runner-up's error"; it is closer to three fifths.

# %% name="ilsvrc-figure" alt="Top-5 error in per cent by year. Features made by hand: 28.2 in 2010, 25.8 in 2011, 26.2 for the runner-up of 2012. Deep networks: AlexNet 16.4 and 15.3 in 2012, Clarifai 11.7 and 11.2 in 2013, VGG 7.32 and GoogLeNet 6.67 in 2014, ResNet 3.57 in 2015. A black square marks one trained human, 5.1 in 2014."
years = results.year
top5_errors = results.top5_error
hand = [0, 1, 2]  # rows of the table above
deep = [3, 4, 5, 6, 7, 8, 10]
low = [4, 6, 8]  # their text goes below, or it would cover a neighbour's

figure, ax = plt.subplots(figsize=(9, 4.6))
ax.plot(years[hand], top5_errors[hand], "C0o", label="features by hand")
ax.plot(years[deep], top5_errors[deep], "C1^", label="deep network")
ax.plot(years[9], top5_errors[9], "ks", label="one trained human")
for number in hand + deep:
    text = results.systems[number].split(" (")[0]  # without the remark
    if results.layers[number] > 0:
        text = f"{text}, {results.layers[number]} layers"
    shift = (8, -11) if number in low else (8, 0)
    point = (years[number], top5_errors[number])
    ax.annotate(text, point, shift, textcoords="offset points", size=9)
ax.set(xlabel="year", ylabel="top-5 error (%)", ylim=(0, 31), xlim=(2009.7, 2016.3))
ax.legend()
plt.show()

# %% [markdown]
# After 2012 every entry is a deep network, and depth grows from 8 layers (AlexNet) to 19 (VGG), 22 (GoogLeNet) and 152 (ResNet). The black square is *one* person; why "better than a human" needs care, *Going further* tells.
#
# ## Ask why now
#
# Backpropagation (1986) and convolution trained by it (1989: one small set of weights, applied at every place of a picture, lesson 04) are the core of AlexNet. What was missing then is mostly ordinary:
#
# - **labelled data**: LeNet-5 learned from 60,000 pictures, AlexNet from 1.2 million;
# - **fast computers**, graphics processors above all;
# - **methods** that let deep networks learn (lessons 02 to 05): better **activations**, what a neuron makes of its weighted sum instead of the threshold; **optimisers**, the rules by which weights are changed step by step; and **architectures**, which layers in which order;
# - **frameworks**, libraries such as TensorFlow, with autodiff;
# - **openness**: public code, data and **benchmarks**, tasks on which everybody is measured alike, so that each result is tomorrow's starting point.
#
# That suggests a **hypothesis**, a statement that an experiment can refute: deep learning is largely a success of *engineering*. If it holds, taking away a single tool, such as the activation or the connections that skip layers, should undo the success of a deep network: lessons 02 and 05 test that. What tuned software alone does, you can feel in *Going further*.
#
# ## Treat it as an experimental science
#
# For most of what you will see there is no theorem that says beforehand what works. We find out by experiment, and experiments can mislead. On the whole test set of 1,004 names the last two letters beat the last letter. Suppose that we had tested both on 50 names only. We can try that 2,000 times, with 50 names drawn at random each time.

# %%
one_letter = is_right(last_letter, x_test, y_test).astype(int)  # 1 right, 0 wrong
two_letters = is_right(last_two_letters, x_test, y_test).astype(int)
gain_of_name = two_letters - one_letter  # for each name 1, 0 or −1
print("names that two letters win:", np.sum(gain_of_name == 1))
print("names that one letter wins:", np.sum(gain_of_name == -1))


# %%
def experiments(num_names):
    drawn = random.choice(gain_of_name, (2000, num_names))  # a name may come twice
    return 100 * drawn.mean(axis=1)  # accuracy gained, in percentage points


gains_50 = experiments(50)
gains_400 = experiments(400)
print("gains of the first three experiments:", gains_50[:3])

# %% [markdown]
# **Predict:** in which share of the experiments with 50 names does the better feature *not* win: none, one in ten, one in three, or half?

# %% name="experiments-not-won"
opposite_50 = 100 * np.mean(gains_50 < 0)  # per cent of the experiments
draw_50 = 100 * np.mean(gains_50 == 0)
print(f"50 names: {opposite_50:.1f} % say the opposite, {draw_50:.1f} % are a draw")
not_won = opposite_50 + draw_50
claim("50 names: % of the experiments not won", not_won, at_least=28, at_most=41)

# %% name="experiments-not-won-400"
opposite_400 = 100 * np.mean(gains_400 < 0)
draw_400 = 100 * np.mean(gains_400 == 0)
print(f"400 names: {opposite_400:.1f} % say the opposite, {draw_400:.1f} % are a draw")
not_won_400 = opposite_400 + draw_400
claim("400 names: % of the experiments not won", not_won_400, at_most=7)

# %% name="small-experiments" alt="Two histograms of the difference in test accuracy, last two letters minus last letter, in percentage points, over 2000 random test sets. With 50 names the differences spread widely, from below minus 10 to above plus 15, around 3. With 400 names they lie close together, nearly all above zero."
edges = np.arange(-17, 24, 2)  # a bar for each two percentage points
plt.hist(gains_50, edges, alpha=0.6, label="50 test names")
plt.hist(gains_400, edges, alpha=0.6, label="400 test names")
plt.xlabel("accuracy gained (percentage points)")
plt.ylabel("experiments")
plt.legend()
plt.show()

# %% [markdown]
# Each bar counts the experiments whose gain lies in its range; those at 0 or left of it are not won. With 50 names that is about one experiment in three: it ends in a draw, or it says the opposite. With 400 names that happens in fewer than one of ten. So this course repeats its experiments over several seeds, compares with baselines, changes one thing at a time, and claims only what holds with a margin. Do the same with whatever you read.

# %% [markdown]
# ## Going further: throw dice
#
# The mean of 100 throws should stray a tenth as far as one throw. We let the computer throw 2,000 times 100 dice.

# %%
throws = random.integers(1, 7, size=(2000, 100))  # from 1 to 6: 7 is left out
means = throws.mean(axis=1)  # along each row: the mean of 100 throws
print("throws", throws.shape, "means", means.shape)
claim("mean of all throws", np.mean(means), equals=3.5, within=0.03)

# %%
one_throw = np.std([1, 2, 3, 4, 5, 6])  # standard deviation of one throw
hundred_throws = np.std(means)
print(f"one throw strays by {one_throw:.3f}")
print(f"the mean of 100 throws by {hundred_throws:.3f}")
ratio = hundred_throws / one_throw
claim("deviation, mean of 100 throws ÷ one throw", ratio, equals=0.1, within=0.01)

# %% [markdown]
# Single throws vary widely, their mean hardly: this is why a result measured on many examples can be trusted more than one measured on few.

# %% [markdown]
# ## Going further: let several workers vote
#
# If each of $n$ voters is right with probability $p$, independently, how probable is it that the majority is right? Exactly $k$ of them are right with probability $\binom{n}{k} p^k (1 - p)^{n - k}$: there are $\binom{n}{k}$ ways to choose who is right, and for each of them $k$ voters are right and $n - k$ wrong. A majority of an odd $n$ is any $k > n/2$; their probabilities add up.


# %%
def majority_is_right(p, n):
    total = 0
    for k in range(n // 2 + 1, n + 1):  # k voters are right, more than half
        ways = comb(n, k)
        total += ways * p**k * (1 - p) ** (n - k)
    return total


print(f"three voters, each right with 0.8: {majority_is_right(0.8, 3):.3f}")

# %% [markdown]
# Three voters gain a little. **Predict:** what do 25 voters make of $p = 0.8$, and of $p = 0.4$?

# %% name="crowd-votes"
with claim_table():
    surer = majority_is_right(0.8, 25)
    claim("P(majority of 25 is right), p = 0.8", surer, at_least=0.99)
    sure = majority_is_right(0.6, 25)
    claim("P(majority of 25 is right), p = 0.6", sure, at_least=0.8)
    misled = majority_is_right(0.4, 25)
    claim("P(majority of 25 is right), p = 0.4", misled, at_most=0.2)

# %% name="crowd-labels" alt="Probability that the majority is right against the number of voters, 1 to 25. For voters who are right 8 times in 10 it climbs quickly to nearly 1; for 6 in 10 it climbs slowly; for 4 in 10 it sinks."
voters = range(1, 26, 2)  # odd numbers, so that there is no tie
majorities = {}
for p in [0.8, 0.6, 0.4]:
    majorities[f"p = {p}"] = [majority_is_right(p, n) for n in voters]
plots.curves(voters, majorities, "number of voters", "P(majority is right)")
plt.show()

# %% [markdown]
# Votes amplify. Voters who are right more often than not gain from company, at 0.8 quickly, at 0.6 slowly; those who are wrong more often than not lose. And "independently" carries the weight: if a picture misleads *everyone* in the same way, no number of votes helps.

# %% [markdown]
# ## Going further: what is often told wrongly
#
# - The famous promise of 1958, a machine that would "walk, talk, see, write, reproduce itself and be conscious of its existence", is often quoted as Rosenblatt's own sentence; it is how *The New York Times* reported what the Navy expected. Rosenblatt himself promised hardly less that year: a machine "capable of perceiving, recognizing and identifying its surroundings without any human training or control".
# - Bryson and Ho did not invent the chain rule, which goes back to Leibniz: their book of 1969 runs it backwards through many stages of a control problem.
# - Backpropagation is older than 1986: Linnainmaa (1970) states it for computations of any kind, Werbos proposes it for networks (1974, in print 1982).
# - The winter of the figure was not the only one: a second, quieter lull followed in the late 1990s, when other methods did as well with less trouble.
# - AlexNet, which won the ImageNet challenge of 2012, has 8 layers with weights, not 7.
# - "Better than a human" is a comparison with *one* person, who had 5.1 %. He practised on 500 pictures and was then tested on 1,500; a second, with less practice, had 12 %. The networks are several voting together (the figure gives the layers of the deepest). And both are asked for breeds of dogs, not for what people see in pictures.

# %% [markdown]
# ## Going further: time a loop against a tuned product
#
# One matrix product: first as a loop in Python that adds its 8 million products number by number, then with `@`, which hands it to a tuned library.


# %%
def product_by_loop(A, B):
    product = np.zeros((200, 200))
    for i in range(200):
        for j in range(200):
            products = A[i] * B[:, j]  # row times column, 200 numbers
            product[i, j] = sum(products)  # Python's sum: number by number
    return product


A = random.normal(size=(200, 200))
B = random.normal(size=(200, 200))
difference = product_by_loop(A, B) - A @ B
claim("loop − tuned product", difference, equals=0, within=1e-9)

# %% [markdown]
# The results agree. **Predict:** by which factor do the times differ: 10, 100, or more than 1,000?


# %%
def loop():
    product_by_loop(A, B)


def tuned():
    A @ B


loop_seconds = timeit.timeit(loop, number=1)
tuned_times = timeit.repeat(tuned, number=1, repeat=200)
tuned_seconds = min(tuned_times)  # the fastest of 200 times
print(f"loop:  {loop_seconds:.6f} s")
print(f"tuned: {tuned_seconds:.6f} s")
print(f"loop ÷ tuned: {loop_seconds / tuned_seconds:.1f}")

# %% [markdown]
# The same products and sums, on the same processor. How large the factor is depends on your machine, and on what else it is doing, so we assert the result and not the time. What decides is how much work goes into *arranging* the arithmetic. The loop asks Python for each of the 8 million numbers anew: of which type is it, and what does adding mean for this type? The library knows both beforehand, multiplies several numbers in one instruction, and takes the matrices in blocks that the fast memory close to the processor can hold. A graphics processor gains another large factor on big matrices.

# %% [markdown]
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
