# %% [markdown]
# # 08 Sequence to sequence and attention
#
# **How does a network translate?**
#
# After this lesson you can
#
# - build an encoder and a decoder for sequences of different lengths, and train them by teacher forcing;
# - judge the answers of such a network, and say what teacher forcing flatters and what it does not;
# - show the bottleneck of a fixed vector, remove it with attention, and read an alignment;
# - search for a better answer with a beam, and say what the search guarantees;
# - compute multi-head attention by hand, and build a small Transformer from it.
#
# **Data:** CMU pronouncing dictionary, 125,853 English words with their phonemes.
#
# **You will see:** networks that read a word aloud, from letters to sounds, and pictures of where they look for each sound.
#
# **You need:** lesson 07: GRU, padding and masks, bits and temperature.
#
# **Minutes:** 50 to read, 75 to do, 1 to run.

# %%
import time
from functools import cache

import keras
import matplotlib.pyplot as plt
import numpy as np
from keras import layers, ops, optimizers
from scipy.special import softmax

from course_utils import plots, pretrained
from course_utils.checks import claim, claim_table
from course_utils.data import load_pronunciations

keras.utils.set_random_seed(0)
plots.use_style()

# %% [markdown]
# ## Look at the task
#
# To translate is to read one sequence and write another one, of another length and not in step with the first. English spelling and English sounds are such a pair of languages, and small enough for two processor cores. A sound of speech is a **phoneme**; the dictionary writes them in capitals: flight is F L AY T. We drop the stress marks (39 phonemes are left) and all words of more than 16 letters, since the networks below were not trained on words with more than 16 letters or phonemes (0.1 % of them).
#
# Some words have several right answers. Training and held-out words do not overlap, but *walks* may be held out while *walk* is not. For error rates we draw 1,000 held-out words.


# %% name="examples"
def unstressed(line):
    return tuple(phoneme.rstrip("012") for phoneme in line.split())


words, variants = load_pronunciations(), {}
for word, line in zip(words.x_test, words.y_test, strict=True):
    if len(word) <= 16:
        variants.setdefault(word, []).append(unstressed(line))
sample = np.random.default_rng(0).permutation(sorted(variants))[:1000].tolist()
print(f"{len(words.x_train):,} pairs to learn from, {len(variants):,} held-out words")
for word in ("flight", "boxcar", "psychology", "wind"):
    print(f"{word:11}", *map(" ".join, variants[word]), sep="   ")

# %% [markdown]
# Six letters, four phonemes; one letter (x), two phonemes; silent letters at the beginning. No rule says "one letter, one sound", so lesson 07's networks, which answer once a step, cannot do this. And *wind* has two answers.
#
# Letters are 1 to 26. Phonemes get numbers too, after three symbols of our own: 0 for padding, 1 for **start** and 2 for **end**. The end mark is part of the answer: the network itself must say when it is done.

# %% name="encoding"
PAD, START, END = 0, 1, 2
names = ["", "<", ">", *sorted({p for line in words.y_train for p in unstressed(line)})]


def pad(rows):
    width = max(map(len, rows))
    return np.array([[*row, *[PAD] * (width - len(row))] for row in rows])


def spell(words):
    return pad([[ord(letter) - 96 for letter in word] for word in words])


def transcribe(pronunciations):
    return pad([[START, *map(names.index, one), END] for one in pronunciations])


def read(row):
    return tuple(names[i] for i in row[: [*row, END].index(END)])


print(f"{len(names)} symbols\n{spell(['box', 'wind'])}\n{transcribe(variants['wind'])}")

# %% [markdown]
# ## Encode, then decode
#
# The plan has two parts (Cho and others; Sutskever, Vinyals and Le, both 2014). An **encoder** reads the whole word and hands over one vector. A **decoder**, a language model as in lesson 07, starts from that vector and writes phoneme after phoneme, each given those before it, the last one being the end mark:
#
# $$p(y_1, \dots, y_m \mid x) = \prod_{t=1}^{m} p(y_t \mid y_1, \dots, y_{t-1}, x)$$
#
# Our encoder is **bidirectional**: one GRU of 128 units reads forward, a second one backward, and at each letter their states stand side by side, 256 numbers that know what came before and what comes after. A dense layer makes the decoder's first state from the two *final* states. The states at the single letters are returned too; for now nobody uses them.


# %%
def encode(letters):
    x = layers.Embedding(27, 64, mask_zero=True, name="letter_embedding")(letters)
    gru = layers.GRU(128, return_sequences=True, return_state=True)
    states, *final = layers.Bidirectional(gru, name="encoder")(x)
    return states, layers.Dense(256, "tanh", name="bridge")(layers.Concatenate()(final))


# %% [markdown]
# In training the right answer is known, so the decoder gets it as input, one step late: for *gnome* it hears start, N, OW, M and should say N, OW, M, end. That is **teacher forcing**. All steps can then be computed in one call, and one early mistake does not spoil the later lessons. (`attention` comes further down.)
#
# Five passes over the training words are 4,415 steps of 128 words, too many to wait for (how long, the last section estimates). So the weights ship with the course, made by `data/make/pronunciation_networks.py`.


# %%
def network(attention=None):
    letters, previous = (keras.Input((None,), dtype="int32") for _ in range(2))
    states, summary = encode(letters)
    x = layers.Embedding(42, 64, name="phoneme_embedding")(previous)
    x = layers.GRU(256, return_sequences=True, name="decoder")(x, initial_state=summary)
    if attention is not None:
        context, _ = attention(x, states, ops.not_equal(letters, PAD))
        x = layers.Concatenate()([x, context])
    x = layers.Dropout(0.2)(layers.Dense(256, "tanh", name="combine")(x))
    return keras.Model([letters, previous], layers.Dense(42, name="logits")(x))


networks, answers = {"vector": network()}, {}
pretrained.load_weights(networks["vector"], "pronunciation_vector")

# %% [markdown]
# ## Feed it the truth, and be flattered
#
# How good is it? The tempting measure is the one that training reports: feed the truth, and count how often the most probable phoneme is the right one (the end mark counts as one).
#
# But whoever reads an unknown word has no truth to be fed. At **inference** the network must hear its own answers: take the most probable phoneme, append it, ask again. That is **greedy** decoding.
# **Predict**, on the sample: how do the two shares of right phonemes differ, position by position? And the two shares of words that are right from start to end?


# %%
def forced(model, words, pronunciations):
    x, y = spell(words), transcribe(pronunciations)
    return model.predict_on_batch([x, y[:, :-1]]).argmax(axis=2), y[:, 1:]


def whole(guesses, truth):
    return np.all((guesses == truth) | (truth == PAD), axis=1)


# %%
def pronounce(model, x, steps=16):  # in the sample, at most 15 phonemes and the end
    y = np.full((len(x), 1), START)
    for _ in range(steps):
        y = np.c_[y, model.predict_on_batch([x, y])[:, -1].argmax(axis=1)]
    return y[:, 1:]


# %% name="teacher-forcing"
fed, truth = forced(networks["vector"], sample, [variants[word][0] for word in sample])
alone = answers["vector"] = pronounce(networks["vector"], spell(sample))
right = [100 * (guesses == truth)[truth > PAD].mean() for guesses in (fed, alone)]
solved = [whole(guesses, truth) for guesses in (fed, alone)]
print(f"right phonemes: fed the truth {right[0]:.1f} %, alone {right[1]:.1f} %")
words_right = [100 * one.mean() for one in solved]
print(f"right words: fed the truth {words_right[0]:.1f} %, alone {words_right[1]:.1f} %")
claim("right phonemes, fed − alone, points", right[0] - right[1], at_least=3, at_most=8)
claim("words right in one way only, %", 100 * np.mean(solved[0] != solved[1]), at_most=0.1)

# %% [markdown]
# Fed the truth, more phonemes are right, for two reasons. Each mistake is repaired before the next question; alone, the network must go on from its own mistake, a situation that teacher forcing never showed it in training (**exposure bias**). And counted by position, one extra phoneme makes all that follow wrong: that part is the fault of the count, and the next section mends it.
#
# But the share of *whole words* is the same, and must be. As long as all answers are right, the network's own past *is* the truth. So a word is right in the one mode exactly if it is right in the other, and a single forced pass over thousands of words counts their right words without any decoding. We use that below. (The claim allows one word of the 1,000, for two scores that rounding could swap.)
#
# ## Count mistakes fairly
#
# Position by position, AH N OW for N OW counts as all wrong, though one deletion mends it. The fair count is the **edit distance**: the least number of insertions, deletions and substitutions. The **phoneme error rate** (PER) divides all edits by the number of phonemes that should have come, and the **word error rate** (WER) is the share of words with any edit. A word with several pronunciations is held against the nearest. (To test yourself: *kitten* becomes *sitting* in three edits.)
#
# **Predict:** fed the truth, several points more phonemes were right. How much of that gap goes when we count the same answers by edits?


# %% name="fair-count"
@cache
def edit_distance(a, b):
    if not (a and b):
        return len(a) + len(b)
    changed = edit_distance(a[1:], b[1:]) + (a[0] != b[0])
    return min(changed, edit_distance(a[1:], b) + 1, edit_distance(a, b[1:]) + 1)


def error_rates(answers, words):
    pairs = zip(map(read, answers), words, strict=True)
    nearest = [min((edit_distance(a, b), len(b)) for b in variants[word]) for a, word in pairs]
    return np.divide(*np.sum(nearest, axis=0)), np.mean([edits > 0 for edits, _ in nearest])


edits = sum(map(edit_distance, map(read, alone), map(read, truth)))
fair = 100 * (1 - edits / np.sum(truth > PAD))
print(f"alone: right by position {right[1]:.1f} %, by edits {fair:.1f} %")
part = (fair - right[1]) / (right[0] - right[1])
claim("part of the gap that goes", part, at_least=0.5, at_most=0.8)

# %% [markdown]
# More than half of the gap was the count's. What is left is what the network loses by following its own mistakes.
#
# ## Let the decoder look back
#
# Whatever the decoder knows of the word has passed through one vector of 256 numbers, whether the word has 3 letters or 14. Translators do not work like that: they keep the text before them and look at the part that they need. **Attention** (Bahdanau, Cho and Bengio, 2015) does so. At each step the decoder's state is a **query** $q$; each letter's encoder state is a **value** $v_i$. A small network scores how well they fit, a softmax turns the scores into weights, and the weighted mean of the values is the **context**:
#
# $$s_i = w^\top \tanh(W_q\, q + W_k\, v_i + b), \qquad \alpha = \operatorname{softmax}(s), \qquad c = \sum_i \alpha_i\, v_i$$
#
# The score is a sum inside a tanh, hence **additive** attention. It is a lookup with soft edges, so it has a gradient, and nobody has to say which letter belongs to which phoneme.
#
# A layer of our own is a class: `__init__` makes the parts, whose weights Keras then finds and trains; `call` says what is computed; `**options` passes on a name.


# %%
class AdditiveAttention(layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.query = layers.Dense(units, use_bias=False)
        self.key = layers.Dense(units)
        self.score = layers.Dense(1, use_bias=False)

    def call(self, queries, values, is_letter):
        pairs = self.query(queries)[:, :, None] + self.key(values)[:, None]
        scores = self.score(ops.tanh(pairs))[..., 0]
        weights = ops.softmax(ops.where(is_letter[:, None], scores, -1e9))
        return ops.matmul(weights, values), weights


# %% [markdown]
# With $n$ words, $m$ phonemes and $l$ letters, `pairs` has the shape $(n, m, l, \text{units})$: every query meets every value at once. The same in NumPy, to be sure, for two words of six and four letters and three queries:


# %%
def by_hand(queries, values, is_letter, Wq, Wk, b, w):
    scores = np.tanh((queries @ Wq)[:, :, None] + (values @ Wk + b)[:, None]) @ w
    weights = softmax(np.where(is_letter[:, None], scores[..., 0], -np.inf), axis=2)
    return weights @ values, weights


# %% name="additive-attention"
generator, layer = np.random.default_rng(0), AdditiveAttention(5)
queries, values = (generator.normal(size=(2, steps, 4)).astype("f4") for steps in (3, 6))
inputs = queries, values, np.arange(6) < np.array([[6], [4]])
for theirs, ours in zip(layer(*inputs), by_hand(*inputs, *layer.get_weights()), strict=True):
    claim(f"layer − NumPy, shape {ours.shape}", theirs - ours, equals=0, within=1e-5)

# %% [markdown]
# Our decoder joins state and context, and answers from both. (Bahdanau's feeds the context into the next state. Asking after the state is made, as Luong and others did in 2015, lets us compute all queries at once.)
#
# ## Train it, then load the rest
#
# We train for 150 steps on short words before your eyes. The loss ignores targets that are padding; guessing among 42 symbols would cost $\ln 42 = 3.7$ (natural logarithms, where lesson 07 took binary ones). **Predict:** what will it say to *flight*, *boxcar* and *psychology*?

# %% tags=["nbval-ignore-output"] name="brief-training"
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=PAD)
pairs = zip(words.x_train, map(unstressed, words.y_train), strict=True)
short = [(word, one) for word, one in pairs if max(len(word), len(one)) <= 8]
chosen = np.random.default_rng(0).permutation(len(short))[: 128 * 150]
spelled, spoken = zip(*(short[i] for i in chosen), strict=True)
x_train, y_train = spell(spelled), transcribe(spoken)
attentive = networks["attention"] = network(attention := AdditiveAttention(128, name="attention"))
attentive.compile(optimizers.Adam(0.004, global_clipnorm=1.0), loss, steps_per_execution=10)
history = attentive.fit([x_train, y_train[:, :-1]], y_train[:, 1:], batch_size=128, verbose=0)
claim("loss, mean of the 150 steps", history.history["loss"][-1], at_most=2)
print(*map(read, pronounce(attentive, spell(["flight", "boxcar", "psychology"]))), sep="\n")
align = keras.Model(attentive.inputs, attentive.get_layer("attention").output[1])

# %% [markdown]
# Not bad after 19,200 words: many consonants are right already, vowels less often. *psychology* is longer than any it has seen, and has traps. From here on the network has the weights of five passes over all training words, as many as `vector` had.
#
# Meanwhile: **which mask is where?** `mask_zero=True` makes the letter embedding send a mask along, unasked, and the encoder obeys: both directions skip padding. The encoder's states carry it further, but its final states carry none, and Keras would hand our layer the mask of `values` only if `call` had an argument named `values_mask`; so we pass `is_letter` in plain sight. The decoder needs no mask, because padding comes after the end and a GRU cannot look ahead; the loss drops those steps. **Predict:** put 20 zeros behind *boxcar*; how far do the scores move? And in `careless`, the same weights, but attention without its mask?

# %% name="padding"
x, y = np.pad(spell(["boxcar"]), ((0, 0), (0, 20))), transcribe(variants["boxcar"])[:, :-1]
careless = network(lambda q, v, mask: attention(q, v, ops.ones_like(mask)))
for name, model in (("attention with its mask", attentive), ("careless", careless)):
    pretrained.load_weights(model, "pronunciation_attention")
    moved = np.abs(model([x, y]) - model([x[:, :6], y])).max()
    bound = {"at_most": 1e-4} if model is attentive else {"at_least": 0.1}
    claim(f"{name}: scores move by", moved, **bound)

# %% [markdown]
# Both masks do their work. Forget one, and no error tells you: the network goes on answering, and its scores depend on how wide the batch happens to be (exercise 1).
#
# ## Find the bottleneck
#
# If one vector is too narrow, long words must suffer most. But careful: long words are harder for *any* network, since more phonemes must all be right. If each fails with probability $e$, independently, then $(1 - e)^m$ of the words survive, whatever the cause. So we look at both: whole words, and mistakes per phoneme when the past is right. A forced pass gives both, on all held-out words.


# %%
def by_length(model, length):
    rows = [(word, one) for word in variants if len(word) == length for one in variants[word]]
    guesses, truth = forced(model, *zip(*rows, strict=True))
    solved = {word for (word, _), right in zip(rows, whole(guesses, truth), strict=True) if right}
    return len(solved) / len(dict(rows)), (guesses != truth)[truth > PAD].mean()


# %% [markdown]
# **Predict** four curves: vector and attention, from 3 to 14 letters, in both panels.

# %% name="bottleneck" alt="Two panels against the number of letters from 3 to 14. Left, the share of words right: both curves start near 0.75, rise once to 4 letters, then fall; the vector network falls to a quarter, the attention network stays above 0.45, and the gap widens with length. Right, mistakes per phoneme when fed the truth: from 5 letters on, the vector network rises from 0.07 to 0.12, the attention network stays level or falls. Both are high at 3 letters."
lengths, (figure, panels) = range(3, 15), plt.subplots(1, 2, figsize=(10.5, 3.9))
curves = {name: np.array([by_length(m, n) for n in lengths]) for name, m in networks.items()}
for part, label in enumerate(("share of words right", "mistakes per phoneme, fed the truth")):
    named = {name: values[:, part] for name, values in curves.items()}
    plots.curves(lengths, named, "letters in the word", label, panels[part]).set_ylim(0)
plt.show()

print("in %     words right: 3–5 letters  12–14   mistakes: 5–7 letters  12–14")
complete, mistakes = {}, {}
for name, values in curves.items():
    complete[name] = 100 * np.array([values[:3, 0].mean(), values[-3:, 0].mean()])
    mistakes[name] = 100 * np.array([values[2:5, 1].mean(), values[-3:, 1].mean()])
    print(f"{name:<10}{complete[name][0]:>23.1f}{complete[name][1]:>7.1f}", end="")
    print(f"{mistakes[name][0]:>24.1f}{mistakes[name][1]:>7.1f}")

lead = complete["attention"] - complete["vector"]
rise = {name: long - short for name, (short, long) in mistakes.items()}
with claim_table():
    claim("words right, attention − vector, 3–5 letters, points", lead[0], at_most=6)
    claim("words right, attention − vector, 12–14 letters, points", lead[1], at_least=12)
    claim("mistakes, 12–14 − 5–7 letters, vector, points", rise["vector"], at_least=2)
    claim("mistakes, 12–14 − 5–7 letters, attention, points", rise["attention"], at_most=0.5)

# %% [markdown]
# Left, from four letters on, both curves fall, and the gap opens with length. Right is the diagnosis: with attention a phoneme is as easy in a long word as in a short one; through the vector it gets harder the more letters must be packed in. That is the bottleneck, and it is gone. (The left end is high for both: many of the mistakes there are abbreviations that are spelled out, such as GPS. The right end wobbles: of 14 letters there are only 74 words, so a share is uncertain by 5 to 6 points. A word with two pronunciations counts twice on the right.)
#
# ## See where it looks
#
# The weights $\alpha$ are one row of numbers per phoneme, one number per letter, and they sum to 1: a matrix $A$ for each word. They are an **alignment**, which nobody has given: it was learned because it helped. Here are six held-out words that the network gets right; the letters run from left to right, the phonemes that it says from top to bottom. **Predict** for *boxcar* where it looks for K and for S, and for *psychology* where it looks for the first sound.

# %% name="alignment" alt="Six heat maps, one a word, letters from left to right, phonemes from top to bottom, dark where the attention weight is near 1. In each a dark path runs from the upper left to the lower right, apart from the row of the end in whistled, which leans back on l. In boxcar K and S both look at x; in psychology S looks at s and not at p, K at c; in flight T looks at t, past g and h; in matches CH looks at t and c."
shown = ["gnome", "flight", "boxcar", "whistled", "matches", "psychology"]
spoken = {word: read(pronounce(attentive, spell([word]))[0]) for word in shown}
A = {w: np.array(align([spell([w]), transcribe([spoken[w]])[:, :-1]])[0]) for w in shown}
figure, panels = plt.subplots(2, 3, figsize=(11, 7.5), layout="constrained")
for panel, word in zip(panels.flat, shown, strict=True):
    picture = panel.imshow(A[word], cmap="Blues", vmin=0, vmax=1, aspect="auto", zorder=2)
    panel.set(xticks=range(len(word)), xticklabels=word, xlabel="letter", ylabel="phoneme")
    panel.set_yticks(range(len(A[word])), [*spoken[word], "end"])
figure.colorbar(picture, ax=panels, label="attention weight", shrink=0.6)
plt.show()
claim("all six are right", all(spoken[word] in variants[word] for word in shown))
looks = [*A["boxcar"][2:4, 2], A["psychology"][0, 1]]
print("weights: boxcar K → x {:.2f}, S → x {:.2f}; psychology S → s {:.2f}".format(*looks))
claim("these three weights", looks, at_least=0.5)

# %% [markdown]
# Follow a path from top to bottom: the network reads along. In *boxcar* the x is used twice, for K and for S. *psychology* begins at its second letter, *flight* passes over g and h, CH in *matches* leans on t and c. Nobody marked a silent letter. Two cautions: each encoder state knows its neighbours too, so a weight on one letter is not knowledge of that letter alone; and the map shows where the network looked, not why it answered.
#
# ## Search with a beam
#
# Greedy decoding never takes a choice back. But the best first phoneme need not begin the best answer, the one of the highest total probability. There are $42^m$ answers, too many to try. A **beam** keeps the $k$ best beginnings: extend each by every symbol, keep the $k$ best of all, until all have ended. We add logarithms of probabilities, since products of small numbers vanish. A candidate that has ended gets padding, for free.
#
# **Predict:** can a wider beam find an answer that is *less* probable than the greedy one? And which two answers will head the list for *wind*?


# %% name="beam"
def beam_search(model, x, width, steps=16):
    n, x = len(x), np.repeat(x, width, axis=0)  # one row a candidate
    y, first = np.full((n * width, 1), START), width * np.arange(n)[:, None]
    total = np.tile([0.0] + [-np.inf] * (width - 1), n)  # all begin alike: count one of them
    for _ in range(steps):
        log_p = np.array(ops.log_softmax(model.predict_on_batch([x, y])[:, -1]))
        log_p[np.any(y == END, axis=1)] = np.where(np.arange(42) == PAD, 0, -np.inf)
        scores = (total[:, None] + log_p).reshape(n, -1)  # width × 42 continuations a word
        best = np.argsort(-scores, axis=1)[:, :width]
        y = np.c_[y[(first + best // 42).ravel()], best.ravel() % 42]
        total = np.take_along_axis(scores, best, axis=1).ravel()
    return y[:, 1:].reshape(n, width, -1), total.reshape(n, width)


answers["attention"], few = pronounce(attentive, spell(sample)), [*sample[:249], "wind"]
(one, greedy), (four, totals) = (beam_search(attentive, spell(few), k) for k in (1, 4))
heads = [[read(y) for y in candidates[:, 0]] for candidates in (one, four)]
said = transcribe(heads[1])
mean = attentive.test_on_batch([spell(few), said[:, :-1]], said[:, 1:])  # loss of a forced pass
per_symbol = totals[:, 0].sum() / np.sum(said > START)
gain = totals[:, 0] - greedy[:, 0]
least, ninth = np.quantile(gain, [0, 0.9])
with claim_table():
    claim("beam of 1 is greedy", heads[0][:-1] == [*map(read, answers["attention"][:249])])
    claim("loss of a forced pass + log-probability", mean + per_symbol, equals=0, within=1e-4)
    claim("log-probability, beam of 4 − greedy, least", least, equals=0, within=1e-3)
    claim("the same, for nine words in ten at most", ninth, equals=0, within=1e-3)

# %% [markdown]
# The search does what it should: a forced pass over its answers confirms their log-probabilities. **Predict:** for what share of the words does the beam of four find a more probable answer, and how far does the word error rate fall?

# %% name="beam-errors"
right = np.array([[read(y) in variants[w] for y in ys] for w, ys in zip(few, four, strict=True)])
wer = 100 * error_rates(one[:, 0], few)[1], 100 * np.mean(~right[:, 0])
listed = 100 * (right.any(axis=1).mean() - right[:, 0].mean())
print(f"more probable than greedy: {100 * np.mean(gain > 1e-3):.1f} % of the words")
print(f"word error rate: greedy {wer[0]:.1f} %, beam of 4 {wer[1]:.1f} %", end=", ")
print(f"none of the four right {100 * np.mean(~right.any(axis=1)):.1f} %")
claim("word error rate, greedy − beam, points", wer[0] - wer[1], equals=0, within=3)
claim("right among four − first, points", listed, at_least=12)
for answer, total in zip(four[-1][:2], totals[-1], strict=False):
    print("wind", " ".join(read(answer)), f"{np.exp(total):.2f}", sep="   ")

# %% [markdown]
# A beam of 1 is greedy decoding. A wider one *can* lose the greedy answer on the way, when beginnings that look better crowd it out and end worse (exercise 4 has such a decoder); whoever keeps it as a candidate is never below it. Among these words it happens for none. Little changes here: for nine words in ten, greedy had already found the best of the four. And more probable is not the same as right: the word error rate hardly moves.
#
# The list is worth more than its head: *wind* has two pronunciations, and both stand at the top with most of the probability. Only a sentence could tell which is meant. Often a right answer is the second or third guess: a dictionary or a sentence could pick it.
#
# ## Look up by dot products
#
# Attention is a lookup: a query is compared with **keys**, and what comes back is a mean of values. Here keys and values were both made of the encoder's states, and the comparison was a small network. The plainest comparison is the dot product (Luong and others tried it in 2015). In 2017 Vaswani and others scaled it, and built a whole network in which nothing else moves between steps:
#
# $$\operatorname{attention}(Q, K, V) = \operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt{d_k}}\right) V$$
#
# Here $d_k$ is the width of queries and keys. One matrix product for all pairs: no loop, no tanh, what hardware does best. Why $\sqrt{d_k}$? If the entries of query and key are independent with mean 0 and variance 1, their dot product is a sum of $d_k$ terms of variance 1, and has variance $d_k$. Undivided, the scores would grow with the width, and the softmax would be close to one-hot, where its gradient vanishes.


# %% name="look-up"
def look_up(Q, K, V, allowed=True):
    scores = Q @ np.swapaxes(K, -1, -2) / np.sqrt(Q.shape[-1])
    return softmax(np.where(allowed, scores, -np.inf), axis=-1) @ V


dots = generator.normal(size=(2, 100_000, 32)).prod(axis=0).sum(axis=1)
claim("variance of q·k ÷ 32", dots.var() / 32, equals=1, within=0.03)

# %% [markdown]
# One softmax can look at one place, or smear over several. **Multi-head** attention looks several times in parallel: each head has its own projections of queries, keys and values to a smaller width; the heads' answers are projected back and added. In the code, $n$ is the word, $t$ the step, $d$ the width of 128, $h$ one of four heads and $k$ its width $d_k$ of 32.
#
# Keras's layer takes the query first, then what is looked at. If both are the same sequence, it is **self-attention**: each step looks at all steps of its own sequence. In a decoder, a step must not see the future, or it would simply copy the answer that teacher forcing feeds it. A **causal mask** allows only steps up to the own: a lower triangle of ones.


# %%
def multi_head(layer, x, values, allowed=True):
    Wq, bq, Wk, bk, Wv, bv, Wo, bo = layer.get_weights()
    parts = ((x, Wq, bq), (values, Wk, bk), (values, Wv, bv))
    Q, K, V = (np.einsum("ntd,dhk->nhtk", z, W) + b[:, None] for z, W, b in parts)
    return np.einsum("nhtk,hkd->ntd", look_up(Q, K, V, allowed), Wo) + bo


# %% name="multi-head"
mixer = layers.MultiHeadAttention(4, 32, bias_initializer="random_normal")
q, v = (generator.normal(size=(2, steps, 128)).astype("f4") for steps in (5, 7))
claim("Keras − by hand", mixer(q, v) - multi_head(mixer, q, v), equals=0, within=1e-5)
causal = mixer(q, q, use_causal_mask=True) - multi_head(mixer, q, q, np.tri(5, dtype=bool))
claim("Keras − by hand, causal", causal, equals=0, within=1e-5)

# %% [markdown]
# ## Tell it the order
#
# Nothing in the formula knows which letter comes first. Shuffle the steps, and the outputs are the same ones, shuffled: self-attention is **permutation-equivariant**. **Predict:** what is the mean of its outputs for *rat*, *art* and *tar*?

# %% name="order"
order, table = [3, 0, 4, 1, 2], generator.normal(size=(27, 128)).astype("f4")
shuffled = mixer(q[:, order], q[:, order]) - np.array(mixer(q, q))[:, order]
claim("attention to shuffled steps − shuffled attention", shuffled, equals=0, within=1e-5)
means = np.mean([mixer(e, e) for e in table[spell(["rat", "art", "tar"])][:, None]], axis=(1, 2))
claim("rat, art, tar: means − their first", means - means[0], equals=0, within=1e-5)

# %% [markdown]
# The same, for all three: a bag of letters. So the order is put into the inputs. To the embedding of the letter at position $p$ we add a vector that says $p$, made of sines and cosines of many wavelengths, like the hands of many clocks:
#
# $$P_{p,\,2i} = \sin\!\big(p \,/\, 10000^{2i/d}\big), \qquad P_{p,\,2i+1} = \cos\!\big(p \,/\, 10000^{2i/d}\big)$$
#
# **Predict** how the dot product of two position vectors depends on the two positions. (Remember $\cos(a - b) = \cos a \cos b + \sin a \sin b$.)


# %%
def positions(length, width):
    angles = np.arange(length)[:, None] / 10_000 ** (np.arange(0, width, 2) / width)
    waves = np.stack([np.sin(angles), np.cos(angles)], axis=2)
    return waves.reshape(length, width).astype("float32")


# %% name="positions" alt="Left, a heat map of the 64 sines for positions 0 to 31: the first columns alternate quickly from row to row, each further column more slowly, and the last ones do not change visibly. Right, dot products of positions 4, 14 and 24 with all 32 positions: three curves of the same shape, each with its peak at its own position, falling to both sides."
P = positions(32, 128)
figure, panels = plt.subplots(1, 2, figsize=(11, 3.8))
picture = panels[0].imshow(P[:, ::2], aspect="auto")
panels[0].set(xlabel="i, the number of the sine", ylabel="position p")
panels[0].grid(visible=False)
figure.colorbar(picture, ax=panels[0], label="sine")
dots = {f"with position {p}": P @ P[p] for p in (4, 14, 24)}
plots.curves(range(32), dots, "position", "dot product", panels[1]).set_ylim(0, 82)
plt.show()
change = (P @ P.T)[5:, 5:] - (P @ P.T)[:-5, :-5]
claim("dot products, both positions moved by 5: change", change, equals=0, within=1e-3)

# %% [markdown]
# Each pair of sine and cosine contributes $\cos\big((p - p')\,/\,10000^{2i/d}\big)$, so the dot product depends on the *distance* alone, and is largest at distance zero: the three curves are one, moved. And to move a position by a fixed number of steps is to turn each pair by a fixed angle, a matrix that a head can learn: "look one letter back" (exercise 5).
#
# ## Build a Transformer
#
# Attention now carries all that moves between steps: no recurrence is left, and that is the **Transformer**. Each block adds to its input what it looked up, then what a small network makes of each step alone. Adding, as in lesson 05's residual blocks, keeps the gradient's way open; layer normalisation, which standardises the 128 numbers of each step by themselves, keeps the scales in order (we put it before each part; the paper had it after, which is harder to train). The encoder looks at itself. The decoder looks at its own past through the causal mask, then across at the encoder: queries from the phonemes, keys and values from the letters, as in the heat maps.
#
# Two blocks a side, four heads, width 128 (the paper's base model: six, eight, 512). The embeddings are multiplied by $\sqrt{128}$ so that they are not drowned by the positions. Here every mask is in plain sight: `is_letter` keeps padding from being looked at, wherever keys are letters, and the causal mask hides the future. Padding in the phonemes comes last, so that the causal mask covers it too.


# %%
def attend(x, values, name, **masks):
    y = layers.LayerNormalization(name=f"{name}_norm")(x)
    y = layers.MultiHeadAttention(4, 32, name=name)(y, y if values is None else values, **masks)
    return x + layers.Dropout(0.1)(y)


def transform(x, name):
    y = layers.LayerNormalization(name=f"{name}_norm")(x)
    y = layers.Dense(256, "relu", name=f"{name}_wide")(y)
    return x + layers.Dropout(0.1)(layers.Dense(128, name=f"{name}_narrow")(y))


class AddPositions(layers.Layer):
    def call(self, x):
        return x * 128**0.5 + ops.convert_to_tensor(P)[: ops.shape(x)[1]]


def transformer():
    letters, previous = (keras.Input((None,), dtype="int32") for _ in range(2))
    is_letter = ops.not_equal(letters, PAD)[:, None]
    x = AddPositions()(layers.Embedding(27, 128, name="letter_embedding")(letters))
    for name in ("encoder0", "encoder1"):
        x = transform(attend(x, None, f"{name}_attention", attention_mask=is_letter), name)
    encoded = layers.LayerNormalization(name="encoder_norm")(x)
    x = AddPositions()(layers.Embedding(42, 128, name="phoneme_embedding")(previous))
    for name in ("decoder0", "decoder1"):
        x = attend(x, None, f"{name}_self", use_causal_mask=True)
        x = transform(attend(x, encoded, f"{name}_cross", attention_mask=is_letter), name)
    x = layers.LayerNormalization(name="decoder_norm")(x)
    return keras.Model([letters, previous], layers.Dense(42, name="logits")(x))


model = networks["Transformer"] = transformer()

# %% [markdown]
# It trained on the same words in the same order, five passes, in the same batches and with the same schedule of learning rates as the other two. A last test of both masks: erase the phonemes from step 5 on, then take away the 20 zeros behind the letters of *boxcar*. **Predict** which of its answers move.

# %% name="causal-mask"
pretrained.load_weights(model, "pronunciation_transformer")
change = np.abs(model([x, y]) - model([x, y * (np.arange(8) < 5)])).max(axis=(0, 2))
without = np.abs(model([x, y]) - model([x[:, :6], y])).max()
with claim_table():
    claim("later phonemes erased: first five answers move", change[:5].max(), at_most=1e-4)
    claim("later phonemes erased: later answers move", change[5:], at_least=0.1)
    claim("zeros taken away: answers move", without, at_most=1e-3)

# %% [markdown]
# ## Compare all three
#
# Parameters are counted. Seconds per training step are this machine's: the fastest of ten steps on the same 128 short words. The three take turns, so that whatever else the machine does disturbs them alike. Times 4,415 steps, they estimate how long five passes take on this machine: the budget was equal passes, not equal time. The errors are those of greedy decoding on the 1,000 words; with so many, a word error rate near 35 % is uncertain by about 1.5 points (one standard error). **Predict** the order of the three in each column.


# %%
batch = [x_train[:128], y_train[:128, :-1]], y_train[:128, 1:]
times = {name: [] for name in networks}
for model in networks.values():
    model.compile(optimizers.Adam(0.0), loss)  # a learning rate of 0: the weights stay
    model.train_on_batch(*batch)  # the first step is slow, since it compiles
for _ in range(10):
    for name, model in networks.items():
        start = time.perf_counter()
        model.train_on_batch(*batch)
        times[name].append(time.perf_counter() - start)

# %% name="results"
answers["Transformer"] = pronounce(networks["Transformer"], spell(sample))
rates = {name: error_rates(answers[name], sample) for name in networks}
for name, (per, wer) in rates.items():
    weights, seconds = networks[name].count_params(), min(times[name])
    print(f"{name:12}{weights:8,} weights  {seconds:5.3f} s a step", end="")
    print(f"  {4415 * seconds / 60:4.1f} min  PER {100 * per:4.1f} %  WER {100 * wer:4.1f} %")
for better in ("attention", "Transformer"):
    points = 100 * (rates["vector"][0] - rates[better][0])
    claim(f"PER, vector − {better}, points", points, at_least=0.5)

# %% [markdown]
# Attention beats the vector, with a quarter more weights. The Transformer has about as many weights as the attention network and lands between the two. Two standard errors are more than what lies between those two, so their order rests on all held-out words, where the data card gives 10.9 %, 8.2 % and 9.1 % phoneme errors (one seed each).
#
# That is an honest result of one small setting, and no contradiction to the Transformer's fame. In *training* it computes all steps at once, so on hardware that does so too, with long texts and much data, it is trained far faster than a recurrent network (on a processor with few cores and on short words a step may well take longer: compare the seconds). Why it is behind after five passes we have not tested; that it must learn order, which a GRU has built in, is a likely part. When it *writes*, it too goes one symbol at a time.
#
# Nothing here was about spelling. Put words for letters and a second language for phonemes, and it translates; let it attend to the parts of a picture, and it writes captions; drop the encoder, and what is left, causal self-attention, is the language model of today.
#
# ## Recap
#
# - An encoder reads, a decoder writes one symbol at a time until it says "end"; teacher forcing feeds it the truth, so all steps train at once.
# - Fed the truth, single phonemes look better than they are, whole words do not. The fair count is the edit distance to the nearest right answer: PER and WER.
# - One vector is a bottleneck for long words. Attention looks at all letters with weights that sum to 1, and the weights are a learned alignment.
# - A beam keeps several beginnings; a beam of 1 is greedy, and with greedy kept as a candidate the answer is never less probable. More probable is not always right.
# - Multi-head attention is a few matrix products and softmaxes; it knows no order, so positions are added; with residual blocks and masks it makes a Transformer.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/08_attention.ipynb](exercises/08_attention.ipynb).
#
# ## Further reading
#
# - Bahdanau, Cho and Bengio (2015), "Neural machine translation by jointly learning to align and translate", *ICLR*: where attention comes from, with the heat maps for French.
# - Toshniwal and Livescu (2016), "Jointly learning to align and convert graphemes to phonemes with neural attention models", *SLT*: our task on the same dictionary.
# - Vaswani and others (2017), "Attention is all you need", *NeurIPS*: the Transformer, with a table of what each of its parts is worth.
# - Xu and others (2015), "Show, attend and tell", *ICML*: the same idea looks at parts of a picture while it writes a caption.
# - Jain and Wallace (2019), "Attention is not explanation", *NAACL*: why a heat map is where it looked, not why it answered.
