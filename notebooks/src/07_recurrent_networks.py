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
from keras import layers, losses, ops, optimizers
from scipy.special import expit as sigmoid

from course_utils import plots, pretrained
from course_utils.checks import claim, claim_table
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


# %% name="rnn-equals-keras"
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
# Unrolled, the network is only a deep one, so backpropagation works as in lesson 02, from the last step to the first. It is called **backpropagation through time**. At step $t$ the state is heard twice: by the loss now, and by the next state. With $\delta_t = \partial L / \partial h_t$ and $a_t$ for the argument of the tanh,
#
# $$\delta_t = \frac{\partial L}{\partial h_t}\Big|_{\text{now}} + \frac{\partial L}{\partial a_{t+1}}\, U^\top, \qquad \frac{\partial L}{\partial a_t} = \delta_t \odot (1 - h_t^2)$$
# $$\frac{\partial L}{\partial W} = \sum_t x_t^\top \frac{\partial L}{\partial a_t}, \qquad \frac{\partial L}{\partial U} = \sum_t h_{t-1}^\top \frac{\partial L}{\partial a_t}, \qquad \frac{\partial L}{\partial b} = \sum_t \frac{\partial L}{\partial a_t}$$
#
# In $\delta_t$ the first term is the loss at step $t$ alone, the second is all that comes later. The sums are there because the weights are shared: each step adds its part.
#
# We try it on $L = \frac{1}{2} \sum_t \lVert h_t - \frac{1}{2} \rVert^2$, whose slope at step $t$ alone is $h_t - \frac{1}{2}$.


# %% name="through-time"
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
with claim_table():
    for name, hand, weights in zip("WUb", by_hand, layer.trainable_weights, strict=True):
        by_tape = tape.gradient(loss, weights)
        claim(f"d{name}, by hand − autodiff", hand - by_tape, equals=0, within=1e-4)

# %% [markdown]
# All three gradients are autodiff's. Without `later` each step would believe that its state matters only now, and nothing would teach it to store what is needed afterwards (exercise 3).
#
# ## Watch the gradient vanish, or explode
#
# Over a distance of $d$ steps the gradient is multiplied $d$ times by $\operatorname{diag}(1 - h^2)\,U^\top$. Much the same matrix, again and again: like compound interest, that grows or dies. We let 32 units read noise, and measure how strongly their final state (the sum of its entries) depends on the input $d$ steps back. For a clean view, $U$ is an orthogonal matrix, which keeps all lengths, times a factor, and we leave the tanh out at first.
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
    recurrent = layers.SimpleRNN(
        32, activation, kernel_initializer="identity", recurrent_initializer=start
    )
    lengths[f"factor {factor:g}, {activation}"] = gradient_lengths(recurrent, noise / 2)
plots.curves(range(51), lengths, "distance in steps", "length of the gradient").set(yscale="log")
plt.show()
shares = {name: length[50] / length[0] for name, length in lengths.items()}
print("length at distance 50 ÷ length at distance 0")
for name, share in shares.items():
    print(f"{name:<20}{share:>10.2e}")
claim("0.8: share left ÷ 0.8⁵⁰", shares["factor 0.8, linear"] / 0.8**50, equals=1, within=0.01)
claim("1 with tanh: share left", shares["factor 1, tanh"], at_most=0.01)

# %% [markdown]
# Powers, exactly: $0.8^{50}$ is about a hundred-thousandth, $1.25^{50}$ about seventy thousand. Only a factor of 1 keeps the length, and the tanh, whose slope is below 1 wherever a unit is active, spoils that too.
# A gradient that has **vanished** does not stop learning: nearby steps still teach. It stops the network from learning *long* connections.
#
# ## Clip what explodes
#
# The other ending is louder. The smallest recurrent network has one weight, $h_t = w\,h_{t-1}$ with $h_0 = 1$, so $h_{50} = w^{50}$. We ask for $h_{50} = \frac{1}{2}$, with the loss $\frac{1}{2}(h_{50} - \frac{1}{2})^2$, and begin at $w = 1.1$.
# **Clipping** is a cure of one line: if the gradient is longer than a limit $c$, shorten it to $c$ and keep its direction, $g \leftarrow g \cdot \min(1, c / \lVert g \rVert)$. (For a single number that is `np.clip`.) **Predict** where the first plain step lands, at η = 0.001.


# %% name="clipping"
for limit, num_steps, w in ((np.inf, 1, 1.1), (1.0, 200, 1.1)):
    for _ in range(num_steps):
        w -= 0.001 * np.clip((w**50 - 0.5) * 50 * w**49, -limit, limit)
    print(f"limit {limit}, steps: {num_steps}. Now w = {w:.2f}, and h50 = {w**50:.3g}")
claim("clipped, h50", w**50, equals=0.5, within=0.01)

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


# %% name="lstm-equals-keras"
layer, h, c = layers.LSTM(4), np.zeros((2, 4)), np.zeros((2, 4))
outputs = layer(x)
for t in range(x.shape[1]):
    h, c = lstm_step(x[:, t], h, c, *layer.get_weights())
claim("NumPy − LSTM, final state", h - outputs, equals=0, within=1e-5)

# %% [markdown]
# Along the cell, a gradient is multiplied by $f$ and by no matrix: where $f$ is near 1 it passes almost untouched, however far. (It also has ways through $h$ and the gates; this one is the motorway.)
#
# The **GRU** (gated recurrent unit, 2014) does with one state and two gates: the *update* gate $z$ keeps the old, the *reset* gate $r$ decides how much of it the candidate may see. As Keras computes it, with a second bias $b'$ beside $U$, and parts of $W$, $U$, $b$ and $b'$ for each gate:
#
# $$z, r = \sigma(x_t W + h_{t-1} U + b + b'), \qquad h_t = z \odot h_{t-1} + (1 - z) \odot \tilde h$$
# $$\tilde h = \tanh\!\big(x_t W_h + r \odot (h_{t-1} U_h + b'_h) + b_h\big)$$
#
# (Some papers exchange $z$ and $1 - z$.) A gate *can* stay open, but does it? Keras starts the LSTM's forget gate with a bias of 1, so it keeps $\sigma(1) = 0.73$ a step, and $0.73^{50}$ is about a ten-millionth. An open gate must be learned, or given.
#
# A bias of $\ln n$ makes the gate $\frac{n}{n + 1}$, and then more than a third lasts for $n$ steps. So we give each unit an $n$ of its own, drawn between 1 and the lag that we expect (much as Tallec and Ollivier, 2018); the LSTM's input gate gets the opposite bias, since what is kept should not be painted over.
#
# ## Test the memory
#
# The task: read 51 letters, each drawn at random from eight. The first carries a mark, a ninth input, so that the network can tell it from the rest. (The factor 3 gives the inputs about unit variance.) After the last one, say which letter was the first. The **lag** is 50 steps, and all that lies between is noise. Who guesses is right in one of eight cases.


# %%
LAG, LETTERS = 50, 8


def draw(random, num_sequences):
    letters = random.integers(LETTERS, size=(num_sequences, LAG + 1))
    mark = np.tile(np.arange(LAG + 1) == 0, (num_sequences, 1))
    return 3 * np.dstack([np.eye(LETTERS)[letters], mark]).astype("float32"), letters[:, 0]


# %% [markdown]
# All three kinds get 32 units, the same optimiser, clipping, and 6,400 sequences; all of it three times, with seeds of their own. The gated ones also get the biases just described, which tell them how long to keep; a SimpleRNN has nothing of the kind to set. One more LSTM runs, once, as Keras starts it, with a forget bias of 1.
#
# No sequence comes twice, so the accuracy that `fit` reports is one on unseen sequences, averaged over the 1,280 before each point. **Predict** the four groups of curves.

# %%
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
gates = {"SimpleRNN": [0], "LSTM": [-1, 1, 0, 0], "GRU": [[1, 0, 0], [0, 0, 0]]}  # × ln n
accuracy, lengths, peaks = {}, {}, {}
marked, _ = draw(np.random.default_rng(0), 200)
for seed, name in [(seed, name) for seed in range(3) for name in gates] + [(0, "LSTM, bias 1")]:
    keras.utils.set_random_seed(seed)
    random = np.random.default_rng(seed)
    recurrent = getattr(layers, name.split(",")[0])(32)
    inputs = keras.Input((LAG + 1, LETTERS + 1))
    model = keras.Model(inputs, layers.Dense(LETTERS)(recurrent(inputs)))
    if name in gates:
        log_n = np.log(random.uniform(1, LAG, size=32))
        recurrent.cell.bias.assign(np.kron(gates[name], log_n))  # a copy for each gate
    adam = optimizers.Adam(0.02, global_clipnorm=1.0)
    model.compile(adam, cross_entropy, metrics=["accuracy"], steps_per_execution=20)
    runs = [model.fit(*draw(random, 1280), batch_size=64, verbose=0) for _ in range(5)]
    accuracy[name, seed] = [run.history["accuracy"][0] for run in runs]
    lengths[name] = gradient_lengths(recurrent, marked)  # for the second figure
    peaks[name, seed] = lengths[name][50] / np.median(lengths[name])

# %% name="memory" alt="Accuracy against training sequences from 1,280 to 6,400, three curves each for SimpleRNN, LSTM and GRU, and one dashed curve for an LSTM with a forget bias of 1. All LSTM and GRU curves climb to nearly 1. The SimpleRNN curves and the dashed one stay near the dotted line of chance at one eighth."
colors = dict(zip([*gates, "LSTM, bias 1"], plots.CLASS_COLORS, strict=False))
for (name, seed), values in accuracy.items():
    label, line = name if seed == 0 else None, "-" if name in gates else "--"
    plt.plot(1280 * np.arange(1, 6), values, line, color=colors[name], label=label)
plt.axhline(1 / LETTERS, linestyle=":", color=plots.REFERENCE, label="chance")
plt.gca().set(xlabel="training sequences seen", ylabel=f"accuracy, lag {LAG}")
plt.legend()
plt.show()

final = {name: [accuracy[name, seed][-1] for seed in range(3)] for name in gates}
print("accuracy at the end, three seeds")
for name, values in final.items():
    print(f"{name:<10}" + "".join(f"{value:>7.3f}" for value in values))
with claim_table():
    claim("SimpleRNN, three seeds", final["SimpleRNN"], at_most=0.2)
    claim("LSTM, three seeds", final["LSTM"], at_least=0.75)
    claim("GRU, three seeds", final["GRU"], at_least=0.75)
    claim("LSTM, forget bias 1, one run", accuracy["LSTM, bias 1", 0][-1], at_most=0.2)

# %% [markdown]
# With open gates, LSTM and GRU learn to write the first letter and to hold it. The simple network stays near guessing, and so does, in one run, an LSTM whose gates start half closed. Having gates is not enough: the gradient must get through them before anything can be learned. What succeeds is the gate *and* its setting.
#
# The SimpleRNN has no such choice. It must mix every new letter into all of its state, so 50 letters of noise bury the first. We look into the trained networks: how strongly does the final state (again the sum of its entries) depend on the input $d$ steps back? The figure shows the third run of each kind, the claims hold for all three. **Predict** where each curve has its peak.

# %% name="gradient-distance" alt="Mean length of the gradient on a logarithmic axis against the distance from 0 to 50 steps, for the four trained networks. The curves of LSTM and GRU dip, stay level, and jump up at distance 50, where the marked letter stands. The SimpleRNN's curve has no such peak; it falls straight, by many powers of ten, and so does that of the LSTM with a forget bias of 1."
plots.curves(range(51), lengths, "distance in steps", "length of the gradient").set(yscale="log")
plt.show()
print("length at distance 50 ÷ median length, three seeds")
with claim_table():
    for name in gates:
        band = {"at_most": 5} if name == "SimpleRNN" else {"at_least": 5}
        claim(name, [peaks[name, seed] for seed in range(3)], **band)

# %% [markdown]
# Read the right end. In LSTM and GRU the first letter is one of the strongest influences on the final state: the peak says that they have learned *when* to write. No SimpleRNN has that peak. In the run shown its gradient dies on the way, as above. In another it may survive, but then the noise moves the state as much as the letter does. And the LSTM that began half closed shows why it failed: nothing that the answer teaches reaches the step where the letter would have to be written. The mechanism decides what is easily remembered. (Easily: with other settings and more training some SimpleRNNs may find a way too. The gated ones do not need luck.)
#
# ## Read names
#
# Now a class from a sequence: is a first name more common for women or for men in the US census of 1990? Train and test share no name. And be honest about what this is: the census knew two boxes; the label is the majority of one country in one year, 331 names were in both lists, rare names are missing, and a name is not a person. Each name counts once, however many bear it, and girls have more different names: so most rows are female, though about half of the people were not. As an exercise in spelling it is fine. Never use it on people.
#
# A batch is a rectangle, but names have 2 to 11 letters. So letters are 1 to 26, 27 marks the end, since the *last* letter tells most and the network should know that it is the last, and zeros fill the row up: we **pad**.


# %% name="padded-row"
def pad(names, width=12):
    rows = [[ord(letter) - 96 for letter in name] + [27] for name in names]
    return np.array([row + [0] * (width - len(row)) for row in rows])


names = load_names()
print("cindy:", pad(["cindy"])[0])

# %% [markdown]
# First what must be beaten: no letter at all, so always "female"; and the majority for each last letter, or for the last two. (An ending that never came in training counts as female.)
#
# Then the network. It answers after every symbol, so that we can watch its belief; the label is the same at each step. An `Embedding` looks up a trainable vector for each number. **Predict:** what goes wrong if nobody tells the network which steps are padding?


# %% name="names-baselines"
def by_ending(letters):
    ends = np.array([name[-letters:] for name in names.x_train])
    rule = {end: names.y_train[ends == end].mean() > 0.5 for end in set(ends)}
    return np.mean([rule.get(name[-letters:], False) for name in names.x_test] == names.y_test)


print(f"accuracy: always female {1 - names.y_test.mean():.3f}", end=", ")
print(f"last letter {by_ending(1):.3f}, last two letters {by_ending(2):.3f}")


# %%
def network(symbols, embedding, units, outputs, mask_zero=False):
    inputs = keras.Input((None,), dtype="int32", name="characters")
    x = layers.Embedding(symbols, embedding, mask_zero=mask_zero, name="embedding")(inputs)
    x = layers.GRU(units, return_sequences=True, name="gru")(x)
    return keras.Model(inputs, layers.Dense(outputs, name="logits")(x))


# %% name="padding-learned"
def train_and_report(model):
    model.compile(optimizers.Adam(0.01), cross_entropy, metrics=["accuracy"])
    model.fit(pad(names.x_train), np.tile(names.y_train, (12, 1)).T, 128, epochs=8, verbose=0)
    _, reported = model.evaluate(pad(names.x_test), np.tile(names.y_test, (12, 1)).T, verbose=0)
    narrow, wide = (np.array(model(pad(names.x_test, width))) for width in (12, 100))
    right = narrow.argmax(axis=2) == names.y_test[:, None]
    real, whole = right[pad(names.x_test) > 0].mean(), right[:, -1].mean()
    print(f"accuracy reported {reported:.3f}, real steps {real:.3f}, whole names {whole:.3f}")
    return reported - real, wide[:, -1] - narrow[:, -1], whole


flattery, moved, _ = train_and_report(network(28, 16, 48, 2))
claim("reported accuracy − accuracy on real steps", flattery, at_least=0.005)
claim("largest change of a score in wider rows", np.abs(moved).max(), at_least=0.5)

# %% [markdown]
# Two faults, and neither raises an error. The score is flattered: over a third of all steps are padding, where the whole name is known and the question easy, and the loss counts them like letters. And the same name gets another score when its row is wider, because the state goes on changing after the end.
#
# With `mask_zero=True` the embedding sends a **mask** along. The GRU copies its state through masked steps; loss and metrics leave them out. **Predict** both faults, and whether the network beats the endings.

# %% name="padding-masked"
masked = network(28, 16, 48, 2, mask_zero=True)
flattery, moved, whole = train_and_report(masked)
print(f"tables on whole names: last letter {by_ending(1):.3f}, last two {by_ending(2):.3f}")
with claim_table():
    claim("reported accuracy − accuracy on real steps", flattery, equals=0, within=1e-3)
    claim("largest change of a score in wider rows", np.abs(moved).max(), at_most=1e-3)
    behind = 100 * (whole - by_ending(2))
    claim("network − last two letters, points", behind, equals=0, within=5)

# %% [markdown]
# Now the score is that of real steps, and the width of the row no longer matters. Judged on whole names, the network comes within five points of a table of the last two letters: letters further back add little. (On whole names, do not compare the two networks by one run each, nor a network with the table: with other seeds now one, now the other is a little ahead. A mask makes the judging honest, not the network better.) Most of what a spelling says about sex, it says at the end. We watch it happen on names from the test set. **Predict** where each pair parts.

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
# (Blue is the first name of each title, orange the second.) Notice how early it leans on the common answer, female, and how one letter turns it; the end mark settles what the last letter means. It is not always right.
#
# ## Predict the next character
#
# Now the richest task: after each character, give a probability to every possible next one. That is a **language model**, and it needs no labels, since the text is its own answer. We train on seven plays by Shakespeare; two whole plays are held out.
#
# We judge it in **bits per character**, the mean of $-\log_2 p$ over the characters that came. The number has a plain meaning: an ideal code spends $-\log_2 p$ bits on an event of probability $p$ (Shannon, 1948), so it is the size to which the model would compress the text. (The model itself, counts or weights, is not in that size: we take it that the receiver has it.) Who knows nothing pays $\log_2 68 = 6.09$ bits.

# %% name="plays"
plays = load_shakespeare()
characters = sorted(set(plays.train))
index, size = {character: i for i, character in enumerate(characters)}, len(characters)
train_text, test_text = (np.array([index[c] for c in part]) for part in plays)
print(f"{len(train_text):,} and {len(test_text):,} characters\n{plays.test[1000:1190]}")

# %% [markdown]
# ## Count first
#
# The baseline is a **Markov model**: an *n-gram* model of order $k$ looks at the last $k - 1$ characters and counts what followed them in the training text. Most long contexts never occurred, and what never occurred must not get probability zero: one surprise would cost infinitely many bits.
# **Kneser–Ney** smoothing (1995) takes a discount $D$ off every count and spends what it has saved on the next lower order. Let $n(uy)$ count the character $y$ after the context $u$, let $n(u)$ be the sum over all $y$, $T(u)$ the number of *different* characters that followed, and $u'$ the context without its first character:
#
# $$p_k(y \mid u) = \frac{\max(n(uy) - D, 0) + D\, T(u)\, p_{k-1}(y \mid u')}{n(u)}, \qquad p_0 = \frac{1}{68}$$
#
# A context that was never seen leaves it all to $p_{k-1}$. Each order has its own $D = n_1 / (n_1 + 2 n_2)$, from the numbers of groups that came once and twice. And one idea more: a lower order is asked when the longer context knows little. So there, $n(uy)$ counts not how often a group came, but after how many different characters.
#
# We write each group of $k$ characters as one number in base 68, so that NumPy can sort, count and look up. The top order uses `whole`, the ones below it `lower`: there each *different* group of $k + 1$ is counted once, without its first character.


# %%
def number(grams):
    return grams @ size ** np.arange(grams.shape[1])[::-1]


def count(numbers):
    keys, counts = np.unique(numbers, return_counts=True)
    contexts, first = np.unique(keys // size, return_index=True)  # without the last character
    return keys, counts, contexts, np.add.reduceat(counts, first), np.diff(first, append=len(keys))


def look_up(keys, values, wanted):
    place = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[place] == wanted, values[place], 0)


windows = (np.lib.stride_tricks.sliding_window_view(train_text, k) for k in range(1, 7))
whole = [count(number(grams)) for grams in windows]
lower = [count(keys % size**k) for k, (keys, *_) in enumerate(whole[1:], start=1)]


# %% name="ngram-sums"
def kneser_ney(order, grams):
    p, tables = np.full(len(grams), 1 / size), [*lower[: order - 1], whole[order - 1]]
    for k, (keys, counts, contexts, totals, kinds) in enumerate(tables, start=1):
        D, wanted = 1 / (1 + 2 * np.sum(counts == 2) / np.sum(counts == 1)), number(grams[:, -k:])
        n, T = (look_up(contexts, values, wanted // size) for values in (totals, kinds))
        kept = np.maximum(look_up(keys, counts, wanted) - D, 0)
        p = np.where(n > 0, (kept + D * T * p) / np.maximum(n, 1), p)
    return p


contexts = test_text[:200_000].reshape(40, 5000)[:, :5]
grams = np.array([[*context, last] for context in contexts for last in range(size)])
sums = [kneser_ney(k, grams[:, -k:]).reshape(40, size).sum(axis=1) for k in range(1, 7)]
claim("sums after 40 contexts, orders 1 to 6", sums, equals=1, within=1e-9)

# %% [markdown]
# Seen or never seen, every context gives a proper distribution: without that, bits per character would mean nothing. **Predict** which order from 1 to 6 is best on the held-out plays, and how much each further character is worth.

# %% name="ngram-orders"
bits = {"uniform": np.log2(size)}
for order in range(1, 7):
    grams = np.lib.stride_tricks.sliding_window_view(test_text, order)
    bits[f"{order}-gram"] = -np.log2(kneser_ney(order, grams)).mean()
    print(f"{order}-gram {bits[f'{order}-gram']:.3f} bits per character")

# %% [markdown]
# Order 6 is the best (chosen on the held-out plays themselves, which favours counting). But each further character is worth less, and the last almost nothing. With finer discounts, for groups that came once, twice or more often, the same counts reach 2.29, and a seventh character changes little (modified Kneser–Ney; the course's tests compute it). In one thing all counting is alike: it shares only between contexts that *end* alike. A recurrent network can share between any contexts that look alike to it.
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
# That is not much training. A larger network of the same build, with 512 units, was trained for much longer, on all seven plays and with dropout; the script is `data/make/shakespeare_gru.py`, and its weights ship with the course. We build the layers, then fill them.
#
# An n-gram sees the context of every character, so the networks should too. They read the held-out plays in 64 long streams side by side, piece by piece, and the state is carried from piece to piece. Only at the start of a stream it is empty.


# %%
def stream_costs(model):
    _, embedding, gru, logits = model.layers
    streams = (test_text[shift:][: 64 * 3150].reshape(64, 3150) for shift in (0, 1))
    state, costs, read = ops.zeros((64, gru.units)), [], tf.function(gru)  # compiled: faster
    for x, y in zip(*(np.split(stream, 18, axis=1) for stream in streams), strict=True):
        states = read(embedding(x), initial_state=state)
        costs.append(losses.sparse_categorical_crossentropy(y, logits(states), from_logits=True))
        state = states[:, -1]
    return np.concatenate(costs, axis=1).ravel() / np.log(2)  # bits for each character


shipped = network(size, 64, 512, size)
pretrained.load_weights(shipped, "shakespeare_gru")
shipped_costs = stream_costs(shipped)

# %% [markdown]
# Compressing programs make a last, independent opponent. Their model is hidden, but their size is not: `lzma` packs the training plays alone, then training and test plays together; the difference is what the test plays cost once it knows the others. (And it goes on learning while it reads them, which our models may not.) **Predict** its place in the table.


# %% name="bits-table"
def packed(text):
    return 8 * len(lzma.compress(text.encode(), preset=9))


bits |= {"GRU, trained here": stream_costs(brief).mean(), "GRU, shipped": shipped_costs.mean()}
bits["lzma"] = (packed(plays.train + plays.test) - packed(plays.train)) / len(plays.test)
for name in ("uniform", "1-gram", "GRU, trained here", "lzma", "6-gram", "GRU, shipped"):
    print(f"{name:18} {bits[name]:5.2f} bits per character")

with claim_table():
    claim("GRU, shipped", bits["GRU, shipped"], at_most=2.2)
    claim("6-gram − shipped GRU", bits["6-gram"] - bits["GRU, shipped"], at_least=0.1)
    claim("lzma − 6-gram", bits["lzma"] - bits["6-gram"], at_least=0.1)
    claim("lzma − 4-gram", bits["lzma"] - bits["4-gram"], equals=0, within=0.1)
    claim("GRU, trained here", bits["GRU, trained here"], at_least=2.7, at_most=3.5)

# %% [markdown]
# On plays that none was trained on, the shipped network needs at least a tenth of a bit less than our best n-gram, and less than 2.29, too. The margin is small, for nearly a million weights, but clear. `lzma`, which looks for repeated strings, is about level with a 4-gram. And our brief training lands between the 2-gram and the 4-gram: data and time matter.
#
# What does the network know that counting does not? We take every 128th character of the held-out plays and let both predict it from the last 1, 2, 3, … characters alone: the *same* characters for all. **Predict:** from how many characters of context on is the network the better model, and where does more context stop helping? (The n-gram stays at order 6, so from five characters on its curve is level. The dotted line is the network with all that came before, from the streams.)

# %% name="context" alt="Bits per character against characters of context from 1 to 24, for the same characters. The n-gram starts lower, falls steeply until four and is level from five on. The network starts higher, crosses it between four and eight and flattens; from twelve characters on it lies just above the dotted line for all that came before."
used, places = [1, 2, 3, 4, 5, 8, 12, 24], np.arange(128, 201_600, 128)
windows = test_text[places[:, None] + np.arange(-24, 1)]
counted = [-np.log2(kneser_ney(min(n + 1, 6), windows)).mean() for n in used]
read = [cross_entropy(windows[:, -1], shipped(windows[:, -n - 1 : -1])[:, -1]) for n in used]
counted, read = np.array(counted), np.array(read) / np.log(2)
named = {"n-gram, up to order 6": counted, "shipped GRU": read}
plots.curves(used, named, "characters of context", "bits per character")
plt.axhline(everything := shipped_costs[places - 1].mean(), linestyle=":", color=plots.REFERENCE)
plt.show()

print("characters  n-gram    GRU")
for n, by_counting, by_reading in zip(used, counted, read, strict=True):
    print(f"{n:>10}{by_counting:>8.3f}{by_reading:>7.3f}")
print(f"all before{everything:>15.3f}")
with claim_table():
    claim("n-gram − GRU, 1 to 4 characters", counted[:4] - read[:4], at_most=0)
    claim("n-gram − GRU, 8 to 24 characters", counted[5:] - read[5:], at_least=0.03)
    claim("GRU, 12 characters − all before", read[6] - everything, at_least=0, at_most=0.1)

# %% [markdown]
# (On so few places both levels are a little off the table's; look at the distance between the curves.) With up to four characters, counting is the better model: it saw most of those contexts often, while the network had so little to go on only at the start of a window. Between four and eight the curves cross. Then counting has used all that it can, while the network, which treats similar contexts alike, goes on falling: its lead comes from further back.
#
# But look how soon it flattens. Beyond twelve characters or so, more context brings this network very little, a few hundredths of a bit. The text holds more: who is on stage, what the scene is about. A GRU *can* hold a letter for 50 steps, but predicting the next character nearly always rewards what lies close. What a network could remember and what it learns to remember are two things.
#
# ## Let it write
#
# To write, draw a character from the predicted distribution, feed it back in, and repeat. The **temperature** $\tau$ divides the scores before the softmax: $p \propto e^{z / \tau}$. Below 1 the likely become likelier; above 1 the odds even out. **Predict** what 0.3, 0.8 and 1.5 sound like.


# %% tags=["nbval-ignore-output"] name="samples"
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
# At 0.3 it plays safe: common words, and the same turns again; at 0.8 it writes verse-shaped nonsense with speakers, commas and real words; at 1.5 the spelling falls apart. Nobody told it what a word is. The network of one short epoch has learned how lines look and little more. Fluent is not the same as meant: it knows which characters follow, not what a king is.
#
# ## Recap
#
# - A recurrent network applies the same weights at every step; unrolled it is a deep network, and 32 weights read a sequence of any length.
# - The gradient through time is a product of nearly equal factors, so it vanishes or explodes like a power; clipping mends only the second.
# - Gates let a memory be added to, kept and shown. With a lag of 50 steps LSTM and GRU succeed and the SimpleRNN does not, provided that the gates start open.
# - Padding needs a mask, or the loss counts it, the score is flattered, and scores depend on the width of the batch.
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
# - Chen and Goodman (1999), "An empirical study of smoothing techniques for language modeling", *Computer Speech & Language* 13: Kneser–Ney and its rivals, compared with care.
