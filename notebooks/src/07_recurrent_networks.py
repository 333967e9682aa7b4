# %% [markdown]
# # 07 Recurrent networks
#
# **How does a network remember?**
#
# After this lesson you can
#
# - unroll a recurrent network in time, and say which weights all its steps share;
# - send a gradient back through time by hand, and say why it vanishes or explodes;
# - explain what the gates of an LSTM and a GRU do, and test a memory at a stated lag;
# - train on sequences of different lengths without learning from, or being judged on, padding;
# - train and sample a language model, and judge it in bits per character against honest baselines.
#
# **Data:** 5,163 first names of the US census of 1990; nine plays by Shakespeare, two of them held out.
#
# **You will see:** a simple network forget what a gated one keeps, names read letter by letter, and a network that writes plays and compresses them better than a zip program.
#
# **You need:** lessons 02 and 03: the chain rule through layers, `fit`, overfitting.
#
# **Minutes:** 45 to read, 70 to do, 1 to run.

# %%
import lzma

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops, optimizers
from scipy.special import expit as sigmoid

from course_utils import plots, pretrained
from course_utils.checks import claim
from course_utils.data import load_names, load_shakespeare

keras.utils.set_random_seed(0)
plots.use_style()

# %% [markdown]
# ## Look at sequences
#
# So far every input was a vector or a picture of one fixed size, and every answer took the same number of computing steps. Text, speech, music, DNA, proteins and video are **sequences**: their length varies, and their order matters. They also come with different questions:
#
# | | sequence in | sequence out | example |
# |---|---|---|---|
# | one to many | no | yes | a picture → its caption |
# | many to one | yes | no | a name → a class (below) |
# | many to many, in step | yes | yes | each character → the next one (below) |
# | many to many, whole first | yes | yes | a sentence → its translation (lesson 08) |
#
# ## Unroll a network in time
#
# A **recurrent network** reads one element a step and keeps a **state** $h$, a vector that is all it remembers. Each step makes the new state from the input and the old state:
#
# $$h_t = \tanh(x_t W + h_{t-1} U + b), \qquad h_0 = 0$$
#
# Drawn **unrolled**, one box a step, it looks like a deep network with a layer for each element; but every layer has the *same* $W$, $U$ and $b$. **Predict:** how many weights do 3 inputs and 4 units need for 7 steps, and how many for 700?


# %%
def rnn(x, W, U, b):
    states = [np.zeros((len(x), len(U)))]
    for t in range(x.shape[1]):
        states.append(np.tanh(x[:, t] @ W + states[-1] @ U + b))
    return np.stack(states, axis=1)


# %%
layer = layers.SimpleRNN(4, return_sequences=True, bias_initializer="random_normal")
x = np.random.default_rng(0).normal(size=(2, 7, 3)).astype("float32")
outputs, states = layer(x), rnn(x, *layer.get_weights())
print("input", x.shape, "states", states.shape, "weights", layer.count_params())
claim("NumPy − SimpleRNN, every step", states[:, 1:] - outputs, equals=0, within=1e-5)

# %% [markdown]
# The axes are (sequence, step, feature); `return_sequences=True` gives every state, without it you get only the last. There are $3 \cdot 4 + 4 \cdot 4 + 4 = 32$ weights, for 7 steps or for 700.
#
# ## Send the gradient back through time
#
# Unrolled, the network is only a deep one, so backpropagation works as in lesson 02, from the last step to the first. It is called **backpropagation through time**. At step $t$ the state is heard twice: by the loss now, and by the next state. So with $\delta_t = \partial L / \partial h_t$ and $a_t$ for the argument of the tanh,
#
# $$\delta_t = \frac{\partial L}{\partial h_t}\Big|_{\text{now}} + \Big(\delta_{t+1} \odot (1 - h_{t+1}^2)\Big)\, U^\top, \qquad \frac{\partial L}{\partial U} = \sum_t h_{t-1}^\top \,\big(\delta_t \odot (1 - h_t^2)\big)$$
#
# The first term is the loss at step $t$ alone. The second is all that comes later. The sum is there because the weights are shared: each step adds its part.
#
# We try it on $L = \frac{1}{2} \sum_t \lVert h_t - \frac{1}{2} \rVert^2$, whose slope at step $t$ alone is $h_t - \frac{1}{2}$.


# %%
def backward(x, states, slopes_now, U):
    dW, dU, db, later = 0, 0, 0, 0
    for t in reversed(range(x.shape[1])):
        da = (slopes_now[:, t] + later) * (1 - states[:, t + 1] ** 2)
        dW, dU, db = dW + x[:, t].T @ da, dU + states[:, t].T @ da, db + da.sum(axis=0)
        later = da @ U.T
    return dW, dU, db


with tf.GradientTape(persistent=True) as tape:
    loss = tf.reduce_sum((layer(x) - 0.5) ** 2) / 2
by_hand = backward(x, states, states[:, 1:] - 0.5, layer.get_weights()[1])
for name, hand, weights in zip("WUb", by_hand, layer.trainable_weights, strict=True):
    claim(f"d{name}", hand - tape.gradient(loss, weights), equals=0, within=1e-4)

# %% [markdown]
# All three gradients are autodiff's. Without `later` each step would believe that its state matters only now, and nothing would teach it to store what is needed afterwards (exercise 3).
#
# ## Watch the gradient vanish, or explode
#
# Over a distance of $d$ steps the gradient is multiplied $d$ times by $\operatorname{diag}(1 - h^2)\,U^\top$. Much the same matrix, again and again: like compound interest, that grows or dies. We let 32 units read noise, and measure how strongly their final state depends on the input $d$ steps back. For a clean view, $U$ is a rotation times a factor, and we leave the tanh out at first.
# **Predict** the three lengths at distance 50, compared with distance 0, for the factors 1.25, 1 and 0.8.


# %% name="vanishing" alt="Length of the gradient on a logarithmic axis against the distance in steps from 0 to 50. Without the tanh, three straight lines: factor 1.25 climbs by almost five powers of ten, factor 1 is level, factor 0.8 falls by almost five. With the tanh, factor 1 falls too, nearly straight."
def gradient_lengths(recurrent, x):
    x = tf.Variable(x)
    with tf.GradientTape() as tape:
        end = tf.reduce_sum(recurrent(x))
    return np.linalg.norm(tape.gradient(end, x), axis=2).mean(axis=0)[::-1]


noise, lengths = np.random.default_rng(0).normal(size=(20, 51, 32)).astype("float32"), {}
for factor, activation in ((1.25, "linear"), (1, "linear"), (0.8, "linear"), (1, "tanh")):
    start = keras.initializers.Orthogonal(gain=factor, seed=0)
    recurrent = layers.SimpleRNN(32, activation, True, "identity", start)
    lengths[f"factor {factor:g}, {activation}"] = gradient_lengths(recurrent, noise / 2)
plots.curves(range(51), lengths, "distance in steps", "length of the gradient").set(yscale="log")
plt.show()
shares = {name: length[50] / length[0] for name, length in lengths.items()}
claim("0.8: share left ÷ 0.8⁵⁰", shares["factor 0.8, linear"] / 0.8**50, equals=1, within=0.01)
claim("1 with tanh: share left", shares["factor 1, tanh"], at_most=0.01)

# %% [markdown]
# Powers, exactly: $0.8^{50}$ is about a hundred-thousandth, $1.25^{50}$ about seventy thousand. Only a factor of 1 keeps the length, and the tanh, whose slope is below 1 wherever a unit is active, spoils that too.
# A gradient that has **vanished** does not stop learning: nearby steps still teach. It stops the network from learning *long* connections.
#
# ## Clip what explodes
#
# The other ending is louder. The smallest recurrent network has one weight, $h_t = w\,h_{t-1}$ with $h_0 = 1$, so $h_{50} = w^{50}$. We ask for $h_{50} = \frac{1}{2}$ and begin at $w = 1.1$.
# **Clipping** is a cure of one line: if the gradient is longer than a limit $c$, shorten it to $c$ and keep its direction, $g \leftarrow g \cdot \min(1, c / \lVert g \rVert)$. **Predict** where the first plain step lands, at η = 0.001.


# %%
for limit, num_steps, w in ((np.inf, 1, 1.1), (1.0, 200, 1.1)):
    for _ in range(num_steps):
        gradient = (w**50 - 0.5) * 50 * w**49
        w = w - 0.001 * gradient * min(1, limit / abs(gradient))
    print(f"limit {limit}: w = {w:.2f} after {num_steps} steps, h50 = {w**50:.3g}")

# %% [markdown]
# One plain step flies off beyond all repair: the next gradient would have more than 250 digits. Clipped, the same descent walks to its goal. In Keras every optimiser does it, with `global_clipnorm=1.0` for the length of all gradients together (`clipnorm` clips each variable alone). Clipping mends explosions only: a vanished gradient holds nothing to enlarge.
#
# ## Give it gates
#
# The cure for vanishing is to *add* to a memory in place of rewriting it. The **LSTM** (long short-term memory, 1997; its forget gate came in 2000) has a second state, the cell $c$, and three **gates**, layers with a sigmoid whose values from 0 to 1 say how much may pass:
#
# $$i, f, o = \sigma(x_t W + h_{t-1} U + b) \qquad \tilde c = \tanh(x_t W_c + h_{t-1} U_c + b_c)$$
# $$c_t = f \odot c_{t-1} + i \odot \tilde c \qquad\qquad h_t = o \odot \tanh(c_t)$$
#
# Each gate has its own part of $W$, $U$ and $b$. The *input* gate $i$ says what is written, the *forget* gate $f$ what is kept, the *output* gate $o$ what is shown. Keras stores the parts side by side, in the order $i, f, \tilde c, o$.


# %%
def lstm_step(x, h, c, W, U, b):
    i, f, candidate, o = np.split(x @ W + h @ U + b, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(candidate)
    return sigmoid(o) * np.tanh(c), c


# %%
layer, h, c = layers.LSTM(4), np.zeros((2, 4)), np.zeros((2, 4))
outputs = layer(x)
for t in range(x.shape[1]):
    h, c = lstm_step(x[:, t], h, c, *layer.get_weights())
claim("NumPy − LSTM, final state", h - outputs, equals=0, within=1e-5)

# %% [markdown]
# Along the cell, a gradient is multiplied by $f$ and by no matrix: where $f$ is near 1 it passes almost untouched, however far. (It also has ways through $h$ and the gates; this one is the motorway.)
#
# The **GRU** (gated recurrent unit, 2014) does with one state and two gates: the *update* gate $z$ keeps the old, the *reset* gate $r$ decides how much of it the candidate may see. As Keras computes it, with a bias $b'$ of its own:
#
# $$h_t = z \odot h_{t-1} + (1 - z) \odot \tilde h, \qquad \tilde h = \tanh\!\big(x_t W_h + r \odot (h_{t-1} U_h + b'_h) + b_h\big)$$
#
# (Some papers exchange $z$ and $1 - z$.) A gate *can* stay open, but does it? Keras starts the forget gate with a bias of 1, so it keeps $\sigma(1) = 0.73$ a step, and $0.73^{50}$ is about a ten-millionth. An open gate must be learned, or given.
#
# A bias of $\ln n$ makes the gate $\frac{n}{n + 1}$, and then more than a third lasts for $n$ steps. So we give each unit an $n$ of its own, drawn between 1 and the lag that we expect (Tallec and Ollivier, 2018); the LSTM's input gate gets the opposite bias, since what is kept should not be painted over.
#
# ## Test the memory
#
# The task: read 51 letters, each drawn at random from eight. The first carries a mark, a ninth input. (The factor 3 gives the inputs about unit variance.) After the last one, say which letter was marked. The **lag** is 50 steps, and all that lies between is noise. Who guesses is right in one of eight cases.


# %%
LAG, LETTERS = 50, 8


def draw(random, num_sequences):
    letters = random.integers(LETTERS, size=(num_sequences, LAG + 1))
    mark = np.tile(np.arange(LAG + 1) == 0, (num_sequences, 1))
    return 3 * np.dstack([np.eye(LETTERS)[letters], mark]).astype("float32"), letters[:, 0]


# %% [markdown]
# All three kinds get 32 units, the same optimiser, clipping, and 7,680 sequences, each seen once; all of it three times, with seeds of their own. One more LSTM runs as Keras starts it, with a forget bias of 1. **Predict** the four groups of curves.

# %%
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
gates = {"SimpleRNN": [0], "LSTM": [-1, 1, 0, 0], "GRU": [[1, 0, 0], [0, 0, 0]]}  # × ln n
accuracy, networks = {}, {}
for seed, name in [(seed, name) for seed in range(3) for name in gates] + [(0, "LSTM, bias 1")]:
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    networks[name] = recurrent = getattr(layers, name.split(",")[0])(32)
    inputs = keras.Input((LAG + 1, LETTERS + 1))
    model = keras.Model(inputs, layers.Dense(LETTERS)(recurrent(inputs)))
    if name in gates:
        log_n = np.log(random.uniform(1, LAG, size=32))
        recurrent.cell.bias.assign(np.kron(gates[name], log_n))  # a copy for each gate
    adam = optimizers.Adam(0.02, global_clipnorm=1.0)
    model.compile(adam, cross_entropy, metrics=["accuracy"], steps_per_execution=20)
    runs = [model.fit(*draw(random, 1280), batch_size=64, verbose=0) for _ in range(6)]
    accuracy[name, seed] = [run.history["accuracy"][0] for run in runs]

# %% name="memory" alt="Accuracy against training sequences from 1,280 to 7,680, three curves for each kind of network. All LSTM and GRU curves climb to nearly 1. The SimpleRNN curves stay near the dotted line of chance at one eighth."
colors = dict(zip(networks, plots.CLASS_COLORS, strict=False))
for (name, seed), values in accuracy.items():
    label, line = name if seed == 0 else None, "-" if name in gates else "--"
    plt.plot(1280 * np.arange(1, 7), values, line, color=colors[name], label=label)
plt.axhline(1 / LETTERS, linestyle=":", color=plots.REFERENCE, label="chance")
plt.gca().set(xlabel="training sequences seen", ylabel=f"accuracy, lag {LAG}")
plt.legend()
plt.show()
final = {name: [accuracy[name, seed][-1] for seed in range(3)] for name in gates}
claim("SimpleRNN, three seeds, at the end", final["SimpleRNN"], at_most=0.25)
claim("LSTM and GRU, three seeds, at the end", final["LSTM"] + final["GRU"], at_least=0.85)
claim("LSTM with a forget bias of 1", accuracy["LSTM, bias 1", 0][-1], at_most=0.25)

# %% [markdown]
# With open gates, LSTM and GRU learn to write at the mark and to hold; the simple network stays where guessing would be, and so does an LSTM whose gates start half closed. Having gates is not enough: the gradient must get through them before anything can be learned.
#
# The SimpleRNN has no such choice. It must mix every new letter into all of its state, so 50 letters of noise bury the first, and its gradient cannot tell it what went wrong. We measure that on the trained networks: how strongly does the final state still depend on the input $d$ steps back?


# %% name="gradient-distance" alt="Mean length of the gradient on a logarithmic axis against the distance from 0 to 50 steps, for the three trained networks. The SimpleRNN's curve falls straight, by more than ten powers of ten. The curves of LSTM and GRU dip, stay level between one and ten hundredths, and jump up at distance 50, where the marked letter stands."
x, _ = draw(np.random.default_rng(0), 200)
lengths = {name: gradient_lengths(networks[name], x) for name in gates}
plots.curves(range(51), lengths, "distance in steps", "length of the gradient").set(yscale="log")
plt.show()
claim("LSTM ÷ SimpleRNN at 50", lengths["LSTM"][50] / lengths["SimpleRNN"][50], at_least=1000)

# %% [markdown]
# Read the right end. For the SimpleRNN the marked letter is one of the faintest influences on the answer, for the other two one of the strongest: the peak says that they have learned *when* to write. The mechanism decides what is easily remembered. (Easily: with smaller inputs and more training some SimpleRNNs find a way too, others never. The gated ones do not need luck.)
#
# ## Read names
#
# Now a class from a sequence: is a first name more common for women or for men in the US census of 1990? Train and test share no name. And be honest about what this is: the census knew two boxes; the label is the majority of one country in one year, 331 names were in both lists, and a name is not a person. As an exercise in spelling it is fine. Never use it on people.
#
# First what must be beaten: always "female", and the majority for each last letter.

# %%
names = load_names()
last_train, last_test = (np.array([x[-1] for x in part]) for part in (names.x_train, names.x_test))
rule = {x: names.y_train[last_train == x].mean() > 0.5 for x in set(last_train)}
last_letter = np.mean([rule.get(x, False) for x in last_test] == names.y_test)
print(f"always female {1 - names.y_test.mean():.3f}, last letter {last_letter:.3f}")

# %% [markdown]
# A batch is a rectangle, but names have 2 to 11 letters. So letters are 1 to 26, 27 marks the end, since the *last* letter tells most and the network should know that it is the last, and zeros fill the row up: we **pad**. The network answers after every symbol, so that we can watch its belief; the label is the same at each step.
#
# An `Embedding` looks up a trainable vector for each number. **Predict:** what goes wrong if nobody tells the network which steps are padding?


# %%
def pad(names, width=12):
    rows = [[ord(letter) - 96 for letter in name] + [27] for name in names]
    return np.array([row + [0] * (width - len(row)) for row in rows])


print("cindy:", pad(["cindy"])[0])


# %%
def network(symbols, embedding, units, outputs, mask_zero=False):
    inputs = keras.Input((None,), dtype="int32", name="characters")
    x = layers.Embedding(symbols, embedding, mask_zero=mask_zero, name="embedding")(inputs)
    x = layers.GRU(units, return_sequences=True, name="gru")(x)
    return keras.Model(inputs, layers.Dense(outputs, name="logits")(x))


# %%
def train_and_report(model):
    model.compile(optimizers.Adam(0.01), cross_entropy, metrics=["accuracy"])
    y_train, y_test = (np.tile(y[:, None], (1, 12)) for y in (names.y_train, names.y_test))
    model.fit(pad(names.x_train), y_train, batch_size=128, epochs=8, verbose=0)
    _, reported = model.evaluate(pad(names.x_test), y_test, batch_size=1004, verbose=0)
    narrow, wide = (model.predict(pad(names.x_test, width), 1004, verbose=0) for width in (12, 100))
    right = narrow.argmax(axis=2) == y_test
    return reported - right[pad(names.x_test) > 0].mean(), wide[:, -1] - narrow[:, -1], right


flattery, moved, _ = train_and_report(network(28, 16, 48, 2))
claim("reported accuracy − accuracy on real steps", flattery, at_least=0.005)
claim("largest change of a score when rows get wider", np.abs(moved).max(), at_least=0.5)

# %% [markdown]
# Two faults, and neither raises an error. The score is flattered: over a third of all steps are padding, where the whole name is known and the question easy, and the loss counts them like letters. And the same name gets another answer when its row is wider, because the state goes on changing after the end.
#
# With `mask_zero=True` the embedding sends a **mask** along. The GRU copies its state through masked steps; loss and metrics leave them out. Nothing else changes. **Predict** both numbers.

# %%
masked = network(28, 16, 48, 2, mask_zero=True)
flattery, moved, right = train_and_report(masked)
claim("reported accuracy − accuracy on real steps", flattery, equals=0, within=1e-3)
claim("change of a score when rows get wider", moved, equals=0, within=1e-3)
claim("network − last-letter rule, accuracy", right[:, -1].mean() - last_letter, at_least=0.005)

# %% [markdown]
# Now the score is that of real steps, and the width of the row no longer matters. The answer after the end mark beats the last letter's, though not by much: most of what a spelling says about sex, it says at the end. We watch it happen on names from the test set. **Predict** where each pair parts.

# %% name="names-letter-by-letter" alt="Three panels with two names each: the belief in male against the symbols read, the letters written at the points, a star for the end mark. The names of a pair share their first letters and points, then part."
figure, panels = plt.subplots(1, 3, figsize=(11, 3.4), sharey=True)
pairs = ("florencia", "florencio"), ("brandy", "brandon"), ("cecilia", "cecil")
for panel, pair in zip(panels, pairs, strict=True):
    beliefs = np.array(ops.softmax(masked(pad(pair))))[:, :, 1]
    for name, belief, color in zip(pair, beliefs, plots.CLASS_COLORS, strict=False):
        panel.plot(range(1, len(name) + 2), belief[: len(name) + 1], color=color, alpha=0.4)
        for step, letter in enumerate(f"{name}*", start=1):
            panel.text(step, belief[step - 1] + 0.02, letter, color=color, ha="center", size=11)
    panel.axhline(0.5, linestyle=":", color=plots.REFERENCE)
    panel.set(title=" and ".join(pair), xlabel="symbols read", ylim=(0, 1))
panels[0].set_ylabel("belief in “male”")
plt.show()

# %% [markdown]
# Notice how early it leans on the common answer, female, and how one letter turns it; the end mark settles what the last letter means. It is not always right.
#
# ## Predict the next character
#
# Now the richest task: after each character, give a probability to every possible next one. That is a **language model**, and it needs no labels, since the text is its own answer. We train on seven plays by Shakespeare; two whole plays are held out.
#
# We judge it in **bits per character**, the mean of $-\log_2 p$ over the characters that came. The number has a plain meaning: an ideal code spends $-\log_2 p$ bits on an event of probability $p$ (Shannon, 1948), so it is the size to which the model would compress the text. Who knows nothing pays $\log_2 68 = 6.09$ bits.

# %%
plays = load_shakespeare()
characters = sorted(set(plays.train))
index, size = {character: i for i, character in enumerate(characters)}, len(characters)
train_text, test_text = (np.array([index[c] for c in part]) for part in plays)
print(f"{len(train_text):,} and {len(test_text):,} characters\n{plays.test[1000:1190]}")

# %% [markdown]
# ## Count first
#
# The baseline is a **Markov model**: an *n-gram* model of order $k$ looks at the last $k - 1$ characters and counts what followed them in the training text. Most long contexts never occurred, and what never occurred must not get probability zero: one surprise would cost infinitely many bits.
# **Witten–Bell** smoothing mixes in the next lower order, the more, the more *different* characters $T$ have followed a context that was seen $n$ times:
#
# $$p_k(c \mid \text{context}) = \frac{\text{count}(\text{context}\,c) + T\, p_{k-1}(c \mid \text{shorter context})}{n + T}, \qquad p_0 = \frac{1}{68}$$
#
# We write each group of $k$ characters as one number in base 68, so that NumPy can sort, count and look up.


# %%
def number(grams):
    return grams @ size ** np.arange(grams.shape[1])[::-1]


def count(text, order):
    grams = number(np.lib.stride_tricks.sliding_window_view(text, order))
    keys, counts = np.unique(grams, return_counts=True)
    contexts, first = np.unique(keys // size, return_index=True)  # without the last character
    return keys, counts, contexts, np.add.reduceat(counts, first), np.diff(first, append=len(keys))


def look_up(keys, values, wanted):
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)


tables = [count(train_text, order) for order in range(1, 7)]


# %%
def witten_bell(tables, grams):
    p = np.full(len(grams), 1 / size)
    for order, (keys, counts, contexts, totals, kinds) in enumerate(tables, start=1):
        wanted = number(grams[:, -order:])
        n, T = (look_up(contexts, values, wanted // size) for values in (totals, kinds))
        p = np.where(n > 0, (look_up(keys, counts, wanted) + T * p) / np.maximum(n + T, 1), p)
    return p


for context in ("the k", "\n\nMAC", "zqxj!"):
    grams = np.array([[*(index[c] for c in context), last] for last in range(size)])
    claim(f"sum after {context!r}", witten_bell(tables, grams).sum(), equals=1, within=1e-9)

# %% [markdown]
# Seen or never seen, every context gives a proper distribution: without that, bits per character would mean nothing. **Predict** which order from 1 to 6 is best on the held-out plays. More context is more information, so is it 6?

# %%
bits = {"uniform": np.log2(size)}
for order in range(1, 7):
    grams = np.lib.stride_tricks.sliding_window_view(test_text, order)
    bits[f"{order}-gram"] = -np.log2(witten_bell(tables[:order], grams)).mean()
    print(f"{order}-gram {bits[f'{order}-gram']:.3f} bits per character")

# %% [markdown]
# No: the best is order 5, four characters of context; then it gets worse. Longer contexts are so many that most were seen once or never; a million characters cannot fill $68^6$ cells. Counting treats every context as unrelated to all others. A recurrent network shares what it learns among contexts that look alike to it.
#
# ## Train a network briefly
#
# The network is the one that read names, with another alphabet. We cut the first 256,000 characters into windows of 64; the target of each character is the next one. One epoch, 128 units, and clipping. **Predict:** which n-gram does it match?


# %%
keras.utils.set_random_seed(0)
brief = network(size, 32, 128, size)
brief.compile(optimizers.Adam(0.004, global_clipnorm=1.0), cross_entropy, steps_per_execution=20)
x, y = (train_text[shift:][:256_000].reshape(-1, 64) for shift in (0, 1))
history = brief.fit(x, y, batch_size=16, verbose=0)

# %% [markdown]
# That is not much training. A larger network of the same build, with 512 units, took an hour on all seven plays, with dropout; the script is `data/make/shakespeare_gru.py`, and its weights ship with the course. We build the layers, then fill them.
#
# Both read the held-out plays in windows of 200 characters, each from an empty state; we keep the mean for each position in the window.

# %%
shipped = network(size, 64, 512, size)
pretrained.load_weights(shipped, "shakespeare_gru")


def bits_by_position(model):
    x, y = (test_text[shift:][:201_800].reshape(1009, 200) for shift in (0, 1))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="none")
    parts = [loss(y[i : i + 128], model(x[i : i + 128])) for i in range(0, 1009, 128)]
    return np.concatenate(parts).mean(axis=0) / np.log(2)


by_position = bits_by_position(shipped)
bits |= {"GRU, trained here": bits_by_position(brief).mean(), "GRU, shipped": by_position.mean()}

# %% [markdown]
# Compressing programs make a last, independent opponent. Their model is hidden, but their size is not: `lzma` packs the training plays alone, then training and test plays together; the difference is what the test plays cost once it knows the others. **Predict** its place in the table.


# %% tags=["nbval-ignore-output"] name="bits-table"
def packed(text):
    return 8 * len(lzma.compress(text.encode(), preset=9))


bits["lzma"] = (packed(plays.train + plays.test) - packed(plays.train)) / len(plays.test)
for name in ("uniform", "1-gram", "GRU, trained here", "lzma", "5-gram", "GRU, shipped"):
    print(f"{name:18} {bits[name]:5.2f} bits per character")
claim("5-gram − shipped GRU, bits", bits["5-gram"] - bits["GRU, shipped"], at_least=0.3)
claim("lzma − 5-gram, bits", bits["lzma"] - bits["5-gram"], equals=0, within=0.1)
claim("GRU trained here, bits", bits["GRU, trained here"], at_least=2.7, at_most=3.5)

# %% [markdown]
# On plays that none of them has seen, the shipped network needs about a third of a bit less than the best n-gram. `lzma`, which looks for repeated strings, is level with counting. And our brief training lands between the 2-gram and the 4-gram: data and time matter.
#
# What does the network know that counting does not? The mean at each position tells, since at position $t$ it has read $t$ characters. **Predict:** where does its curve cross that of the n-grams, and where does it stop falling?

# %% name="context" alt="Bits per character against characters of context on a logarithmic axis. The n-gram falls from 3.6 at one character to 2.54 at four, and rises again at five. The network starts slightly higher, crosses at four characters, falls to about 2.2 at eight, and is level from there to 200."
edges = np.unique(np.geomspace(1, 201, 22).astype(int))
means = np.add.reduceat(by_position, edges[:-1] - 1) / np.diff(edges)
counted = [bits[f"{order}-gram"] for order in range(2, 7)]
plt.plot(edges[:-1], means, "o-", label="shipped GRU")
plt.plot(range(1, 6), counted, "s--", label="n-gram, orders 2 to 6")
plt.gca().set(xscale="log", xlabel="characters of context", ylabel="bits per character")
plt.xticks([1, 3, 10, 30, 100], [1, 3, 10, 30, 100])
plt.legend()
plt.show()
claim("n-gram − GRU, 1 to 3 characters of context", counted[:3] - by_position[:3], at_most=0)
claim("n-gram − GRU, 5 characters", counted[4] - by_position[4], at_least=0.2)
claim("8 to 16 − more", by_position[7:16].mean() - by_position[16:].mean(), equals=0, within=0.1)

# %% [markdown]
# With up to three characters, counting is the better model. Then it runs out of examples, while the network, which treats similar contexts alike, goes on falling. But look how soon it is level: beyond ten characters or so, more context brings nothing that this average shows. A GRU *can* hold a letter for 50 steps; this text gives it little reason to, since the word in hand and the one before say most of what can be said. What a network could remember and what it learns to remember are two things.
#
# ## Let it write
#
# To write, draw a character from the predicted distribution, feed it back in, and repeat. The **temperature** $\tau$ divides the scores before the softmax: $p \propto e^{z / \tau}$. Below 1 the likely become likelier; above 1 the odds even out. **Predict** what 0.3, 0.8 and 1.5 sound like.


# %% tags=["nbval-ignore-output"]
def write(model, text, temperature):
    _, embedding, gru, logits = model.layers
    random, state = np.random.default_rng(0), ops.zeros((1, gru.units))
    for t in range(250):
        state, _ = gru.cell(embedding(np.array([index[text[t]]])), [state])
        if t == len(text) - 1:  # the prompt is read: draw from the softmax
            p = np.array(ops.softmax(logits(state) / temperature))[0].astype(float)
            text += random.choice(characters, p=p / p.sum())
    print(f"--- temperature {temperature}, {gru.units} units ---\n{text}")


for model, temperature in ((shipped, 0.3), (shipped, 0.8), (shipped, 1.5), (brief, 0.8)):
    write(model, "ANTONY.\n", temperature)

# %% [markdown]
# At 0.3 it plays safe and soon repeats itself; at 0.8 it writes verse-shaped nonsense with speakers, commas and real words; at 1.5 the spelling falls apart. Nobody told it what a word is. The network of one short epoch has learned how lines look and little more. Fluent is not the same as meant: it knows which characters follow, not what a king is.
#
# ## Recap
#
# - A recurrent network applies the same weights at every step; unrolled it is a deep network, and 32 weights read a sequence of any length.
# - The gradient through time is a product of equal factors, so it vanishes or explodes like a power; clipping mends only the second.
# - Gates let a memory be added to, kept and shown. With a lag of 50 steps LSTM and GRU succeed and the SimpleRNN does not, provided that the gates start open.
# - Padding needs a mask, or the loss counts it, the score is flattered, and answers depend on the width of the batch.
# - Bits per character compares everything that predicts, counting and compressors included; temperature trades safety for variety when it writes.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/07_recurrent_networks.ipynb](exercises/07_recurrent_networks.ipynb).
#
# ## Further reading
#
# - Hochreiter and Schmidhuber (1997), "Long short-term memory", *Neural Computation* 9: where the cell comes from, with the memory tasks.
# - Pascanu, Mikolov and Bengio (2013), "On the difficulty of training recurrent neural networks", *ICML*: vanishing, exploding and clipping, with the geometry.
# - Tallec and Ollivier (2018), "Can recurrent neural networks warp time?", *ICLR*: why a gate is a clock, and how to set it.
# - Karpathy (2015), "The unreasonable effectiveness of recurrent neural networks", blog: Shakespeare, source code and what single units learn.
# - Witten and Bell (1991), "The zero-frequency problem", *IEEE Transactions on Information Theory* 37: our n-gram, made for compression.
