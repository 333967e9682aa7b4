# %% [markdown]
# # 06 Transfer learning
#
# **How far do 100 images go?**
#
# After this lesson you can
#
# - feed a pretrained network what it expects, compute its features once, and put a new head on them;
# - fine-tune its last block, and keep batch norm from spoiling it;
# - say what 5 or 20 pictures per class are worth to each way, with a band over splits and the seconds;
# - measure what a change of style costs, what wins part of it back, and what a mistake looked at;
# - write the classic ResNet-50 recipe in today's Keras, and count what each stage trains.
#
# **Data:** 302 emoji of animals, food and vehicles, each drawn by two vendors; a network that has seen 1.2 million photographs.
#
# **You will see:** 60 drawings and borrowed eyes beat 241 drawings without them, and what happens when the style changes.
#
# **You need:** lessons 03 to 05: batch norm and Adam, convolution and pooling, Grad-CAM.
#
# **Minutes:** 45 to read, 75 to do, 1 to run.

# %%
import time
import zipfile

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
import threadpoolctl
from keras import layers, ops, optimizers
from keras.applications import resnet50
from sklearn import linear_model

from course_utils import originals, plots, pretrained
from course_utils.checks import claim, claim_table
from course_utils.data import load_emoji, load_photos

keras.utils.set_random_seed(0)
random = np.random.default_rng(0)
tf.get_logger().setLevel("ERROR")  # several small models: no warnings that each is compiled
threadpoolctl.threadpool_limits(1, "blas")  # scikit-learn's products are small: threads only wait
plots.use_style()

# %% [markdown]
# ## Look at the data
#
# Two vendors, Noto and OpenMoji, have each drawn the same 302 emoji in their own style; row $i$ is the same emoji for both. Each emoji belongs to one of five **folds**; variants of one drawing, such as cat and black cat, share a fold, so that no test picture has a twin in training. `train[k]` are the rows outside fold $k$.

# %% name="emoji-counts"
noto, openmoji = load_emoji("noto"), load_emoji("openmoji")
y, fold, classes = noto.y, noto.fold, noto.class_names
train = [np.flatnonzero(fold != k) for k in range(5)]
pictures = {"Noto": noto.x, "OpenMoji": openmoji.x}
print(noto.x.shape, [f"{np.sum(y == number)} {name}" for number, name in enumerate(classes)])

# %% name="two-vendors" alt="Two rows of the same six emoji: elephant, owl, banana, hamburger, bicycle and rocket. Above, Noto draws them with shaded colours and fills the square. Below, OpenMoji draws them smaller, in flat colours with black outlines."
shown = ["elephant", "owl", "banana", "hamburger", "bicycle", "rocket"]
rows = [noto.names.index(name) for name in shown]
plots.image_grid([*noto.x[rows], *openmoji.x[rows]], shown + 6 * [""], columns=6)
plt.show()

# %% [markdown]
# Notice the styles: shading above; flat colours, black outlines and a margin below.
#
# From scratch, a network would have to learn to see from these few pictures. **Transfer learning** starts with one that can see already: EfficientNet-Lite0 (lesson 05), trained on ImageNet's 1.2 million photographs.
#
# ## Feed the network what it expects
#
# Wrong first: four photographs as they come, with pixels from 0 to 255. Then on the scale that the network was trained on, $\frac{x - 127}{128}$. **Predict:** does the first raise an error?

# %% tags=["nbval-ignore-output"] name="raw-photos"
network, photos = pretrained.efficientnet_lite0(), load_photos()
raw = photos.x[[photos.names.index(name) for name in ("cat", "espresso", "cameraman", "temple")]]
for scale, x in {"raw": raw.astype("float32"), "scaled": pretrained.preprocess(raw)}.items():
    best = pretrained.decode_predictions(network.predict(x, verbose=0), top=1)
    print(f"{scale}:", ", ".join(name for ((name, _),) in best))

# %% [markdown]
# No error, and hardly any sense. A network cannot tell you that its input is on another scale; only its documentation can.
#
# ## Compute the features once
#
# The emoji have 96 × 96 pixels, the network was built for 224 × 224. Convolutions do not mind (lesson 04), and the global average at the end makes 1,280 numbers of maps of any size: the picture's **features**. So we build the network again for 128 × 128 pixels, with the same weights and a third of the work. Then we cut it in two: a `body` that will never change, and a `tail`, its last block and last convolution, that we may want to train.

# %% name="body-and-tail"
small = keras.models.clone_model(network, input_tensors=keras.Input((128, 128, 3)))
small.set_weights(network.get_weights())
ends = [small.get_layer(name).output for name in ("block6d_add", "avg_pool")]
body, tail = keras.Model(small.input, ends[0]), keras.Model(*ends)
print("body", body.output.shape, "tail", tail.output.shape, f"{tail.count_params():,} weights")

# %% [markdown]
# A frozen body gives the same maps for the same picture in every epoch. So we compute them once and keep them: `maps` leave the body, `features` the tail.


# %%
def body_maps(x):
    x = ops.image.resize(x.astype("float32"), (128, 128))
    return body.predict(pretrained.preprocess(x), verbose=0)


maps = {vendor: body_maps(x) for vendor, x in pictures.items()}
features = {vendor: tail.predict(x, verbose=0) for vendor, x in maps.items()}

# %% [markdown]
# ## Train a linear head
#
# The smallest new **head** is lesson 01's model for three classes: softmax regression on the features, with an L2 penalty (scikit-learn's $C = 0.1$), so that it has one optimum. We judge **out of fold** (lesson 03): five heads, each picture by the one that has not seen its fold; `np.choose` picks its answer. `right[a, b]` is the share of right answers of heads trained on vendor `a`, tested on `b`. **Predict** it for `a` = `b`: the network has never been shown a drawing like these; whoever always says "animal" is right four times in ten.


# %%
def linear_head(x, rows, labels=y):
    return linear_model.LogisticRegression(C=0.1, max_iter=1000).fit(x[rows], labels[rows])


def out_of_fold(heads, x):
    return np.choose(fold, [head.predict(x) for head in heads])


# %% name="linear-heads"
heads = {vendor: [linear_head(x, rows) for rows in train] for vendor, x in features.items()}
right = {(a, b): np.mean(out_of_fold(heads[a], features[b]) == y) for a in heads for b in heads}
with claim_table():
    claim("Noto, accuracy out of fold", right["Noto", "Noto"], at_least=0.90)
    claim("OpenMoji, accuracy out of fold", right["OpenMoji", "OpenMoji"], at_least=0.84)

# %% [markdown]
# Some 240 drawings and a moment of training, and nine in ten are right on Noto, a little fewer on OpenMoji.
#
# Now the wrong scale again, in two guises: the heads get raw pixels *at use*; or new heads are trained *and* used on raw pixels. **Predict** which of the two you would notice.

# %% name="raw-pixels"
resized = ops.image.resize(noto.x.astype("float32"), (128, 128))
raw = tail.predict(body.predict(resized, verbose=0), verbose=0)
raw_heads = [linear_head(raw, rows) for rows in train]
raw_at_use = np.mean(out_of_fold(heads["Noto"], raw) == y)
raw_throughout = np.mean(out_of_fold(raw_heads, raw) == y)
print(f"scaled, as it should be: {right['Noto', 'Noto']:.3f}")
with claim_table():
    claim("raw at use, accuracy", raw_at_use, at_most=0.75)
    claim("raw throughout, accuracy", raw_throughout, at_least=0.83, at_most=0.9)

# %% [markdown]
# At use alone, mistakes multiply, and somebody will ask why. Throughout, the new heads make do with what a confused network gives them: a few points are lost, and nobody asks. Test the scale on pictures whose answer you know, as we did above.
#
# ## Add a hidden layer
#
# The other usual head is a small network of its own, here 64 hidden units with dropout. First two helpers, so that one compiled model can serve many runs. `retrain` sets the weights back, and the optimiser's memory too; it takes as many batches as it is told, from Noto unless told otherwise, and returns the accuracy on both vendors' test pictures.


# %%
def compiled(model, learning_rate):
    adam = optimizers.Adam(learning_rate)
    model.compile(adam, "sparse_categorical_crossentropy", steps_per_execution=10)
    return model


def retrain(model, weights, inputs, rows, test, num_steps, batch_size=16, vendor="Noto"):
    model.set_weights(weights)
    for variable in model.optimizer.variables:  # a fresh Adam, but for its learning rate
        variable.assign(variable * int(variable.name == "learning_rate"))
    rows = np.resize(random.permutation(rows), num_steps * batch_size)
    model.fit(inputs[vendor][rows], y[rows], batch_size=batch_size, verbose=0)
    return [np.mean(np.argmax(model(x[test]), axis=1) == y[test]) for x in inputs.values()]


# %% [markdown]
# The five runs below look at 12,000 pictures, 10 epochs each, forty times as many as the store was made from. **Predict:** does the hidden layer help? And how much longer would it take to compute the features anew every time?

# %% name="hidden-layer"
hidden = layers.Dense(64, activation="relu"), layers.Dropout(0.5)
parts = [keras.Input((1280,)), *hidden, layers.Dense(3, activation="softmax")]
dense, began = compiled(keras.Sequential(parts), learning_rate=1e-3), time.perf_counter()
start = dense.get_weights()
runs = [retrain(dense, start, features, train[k], fold == k, num_steps=150) for k in range(5)]
cached = time.perf_counter() - began
body_maps(noto.x[:60])
anew = 200 * (time.perf_counter() - began - cached)  # 12,000 pictures; the store has a fortieth
print(f"five runs: {cached:.1f} s, the store {anew / 40:.1f} s; {anew:.1f} s in place of the store")
hidden_right = np.mean(runs, axis=0)[0]
print(f"accuracy: hidden layer {hidden_right:.3f}, linear head {right['Noto', 'Noto']:.3f}")
gain = 100 * (hidden_right - right["Noto", "Noto"])
claim("hidden layer − linear head, points", gain, at_least=-4, at_most=4)

# %% [markdown]
# Storing pays at once, its own pass included: it goes over the pictures once, not forty times. And the hidden layer brings nothing that 302 pictures could show, at most twelve of them either way: the features do the work. We keep the linear head, with one optimum and no luck in it.
#
# ## Fine-tune the last block
#
# **Fine-tuning** lets the tail learn too, from the stored maps, at a low rate and for few steps, since what ImageNet taught is soon washed away. It begins with the trained head; a random one would send large, useless gradients into the tail.
#
# Batch norm needs care. In training mode it normalises with the batch's own statistics and moves its averages (lesson 03). `training=None` leaves the mode to Keras, so `fit` turns it on; `training=False` keeps to the stored averages. `trainable = False` fixes γ and β, and in Keras the averages too, unlike in some other libraries: we say both. (Momentum 0.9, as for all short runs; at 0.99 the same takes ten times as many batches.)


# %%
def last_block(learning_rate, frozen, momentum=0.9):
    block = keras.models.clone_model(tail)
    for layer in block.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum, layer.trainable = momentum, not frozen
    pooled = block(block.input, training=False if frozen else None)
    outputs = layers.Dense(3, activation="softmax")(pooled)
    return compiled(keras.Model(block.input, outputs), learning_rate)


def fine_tune(model, rows, test, **options):
    head = linear_head(features["Noto"], rows)
    start = [*tail.get_weights(), head.coef_.T, head.intercept_]
    return retrain(model, start, maps, rows, test, **options)


# %% [markdown]
# Wrong first: batch norm not frozen, in tiny batches of 4, and at a learning rate of *zero*, so that nothing but the averages can change. Tiny batches are often blamed for what follows. So the second run takes all training pictures as *one* batch, with momentum 0: the averages are then exactly theirs, without any noise. The third learns at a very low rate, and the last does the same with batch norm frozen. **Predict** what each loses against the linear head it began with.


# %% name="batch-norm"
def points_lost(block, num_steps=30, batch_size=4):
    options = {"num_steps": num_steps, "batch_size": batch_size}
    runs = [fine_tune(block, train[k], fold == k, **options) for k in range(5)]
    return 100 * (right["Noto", "Noto"] - np.mean(runs, axis=0)[0])


thawed, one_batch = last_block(0.0, frozen=False), last_block(0.0, frozen=False, momentum=0.0)
one_batch.fit = lambda x, *_, **__: one_batch(x, training=True)  # all that fit does at rate 0
rate_0 = points_lost(thawed)
all_at_once = points_lost(one_batch, num_steps=1, batch_size=len(train[0]))
thawed.optimizer.learning_rate = 3e-5
low_rate = points_lost(thawed)
tuned = last_block(3e-5, frozen=True)
kept = points_lost(tuned)
with claim_table():
    claim("rate 0, batches of 4, points lost", rate_0, at_least=12)
    claim("rate 0, one batch of all, points lost", all_at_once, at_least=15)
    claim("rate 0.00003, batches of 4, points lost", low_rate, at_least=6)
    claim("the same, but frozen, points lost", kept, at_most=2)

# %% [markdown]
# In the first two not one weight has moved, and yet more than ten points are gone, in the batch of all, too. Tiny batches add noise, but they are not the cause, and one large batch is no cure: the stored averages are now those of *emoji*, while tail and head were trained with ImageNet's. In the third the weights do learn, but 30 steps at a low rate are too few to make up for it. The last is the same training with batch norm frozen: it loses two points at the very most, and where the printed loss is negative, it has gained some. It stays frozen from here on.
#
# ## Ask how far 100 pictures go
#
# Three ways on the same pictures: a small convolutional network **from scratch**, with what lessons 03 to 05 taught (batch norm, a rate that falls along a cosine, global average pooling), on emoji averaged down to 24 × 24 pixels; the **frozen** tail under a linear head; the last block **fine-tuned** at 0.0001, a tenth of Adam's usual rate. Each gets 5 or 20 pictures per class, or all there are, four times as many at each step; each fold is the test once. **Predict** where the last two begin, and how many pictures it takes them to beat the first with all of its 241.
#
# One caution: penalties, rates and numbers of steps were chosen by looking at these very folds. That flatters all three a little, fine-tuning perhaps most, which has the most to choose.


# %% name="from-scratch"
def draw(k, each, seed=0):
    order = np.random.default_rng([seed, k]).permutation(train[k])
    return np.concatenate([order[y[order] == label][:each] for label in range(3)])


parts = [keras.Input((24, 24, 3)), layers.Rescaling(1 / 127.5, offset=-1)]
for filters in (16, 32, 64):
    parts += [layers.Conv2D(filters, 3, padding="same", use_bias=False)]
    parts += [layers.BatchNormalization(momentum=0.9), layers.ReLU(), layers.MaxPooling2D()]
parts += [layers.GlobalAveragePooling2D(), layers.Dense(3, activation="softmax")]
cnn = compiled(keras.Sequential(parts), optimizers.schedules.CosineDecay(6e-3, decay_steps=40))
tuned.optimizer.learning_rate = 1e-4
icons = {name: np.array(ops.average_pool(x.astype("float32"), 4)) for name, x in pictures.items()}


def from_scratch(rows, test, vendor="Noto"):
    start = keras.models.clone_model(cnn).get_weights()  # new random weights
    return retrain(cnn, start, icons, rows, test, num_steps=40, batch_size=32, vendor=vendor)


def frozen(rows, test):
    return [linear_head(features["Noto"], rows).score(x[test], y[test]) for x in features.values()]


def fine_tuned(rows, test):
    return fine_tune(tuned, rows, test, num_steps=20)


def run(way, sizes=(5, 20, None)):
    began = time.perf_counter()
    runs = [[way(draw(k, each), fold == k) for k in range(5)] for each in sizes]
    return np.array(runs), (time.perf_counter() - began) / (5 * len(sizes))


results = {"from scratch": run(from_scratch)}
swapped = np.mean([from_scratch(train[k], fold == k, "OpenMoji")[0] for k in range(3)])
print(f"OpenMoji → Noto, all: frozen {right['OpenMoji', 'Noto']:.3f}, from scratch {swapped:.3f}")
gap = 100 * (right["OpenMoji", "Noto"] - swapped)
claim("OpenMoji → Noto, all: frozen − scratch, points", gap, at_least=25)

# %% name="how-far-claims"
results["frozen"], results["fine-tuned"] = run(frozen), run(fine_tuned)
scratch, linear, block = (runs.mean(axis=1) for runs, _ in results.values())  # sizes × vendors
print("accuracy with Noto pictures     15     60    241")
for name, means in {"from scratch": scratch, "frozen": linear, "fine-tuned": block}.items():
    for place, vendor in enumerate(maps):
        of_15, of_60, of_241 = means[:, place]
        print(f"{name:12} on {vendor:12}  {of_15:.3f}  {of_60:.3f}  {of_241:.3f}")
with claim_table():
    gap = 100 * (linear[1, 0] - scratch[2, 0])
    claim("Noto: frozen with 60 − scratch with 241, points", gap, at_least=3)
    gap = 100 * (linear[2, 1] - scratch[2, 1])
    claim("Noto → OpenMoji, all: frozen − scratch, points", gap, at_least=25)
    gap = 100 * (block[2, 0] - linear[2, 0])
    claim("Noto, all: fine-tuned − frozen, points", gap, at_least=-3, at_most=5)


# %% name="how-far" alt="Two panels of accuracy against the number of Noto pictures in training: 15, 60 and 241, with bands over five splits. Left, tested on Noto: the frozen and the fine-tuned network begin far above the one from scratch, rise together and stay above it, and their bands narrow. Right, tested on OpenMoji: the same order, everything lower, and the network from scratch begins near the dotted line of always answering animal and ends a little above it."
def banded(panel, x, runs, target, xlabel, line):
    means = {name: values.mean(axis=1) for name, values in runs.items()}
    panel.axhline(line[1], color=plots.REFERENCE, linestyle=":", label=line[0])
    plots.curves(x, means, xlabel, f"accuracy on {target}", panel)
    for curve, v in zip(panel.lines[1:], runs.values(), strict=True):
        panel.fill_between(x, v.min(axis=1), v.max(axis=1), color=curve.get_color(), alpha=0.15)


figure, panels = plt.subplots(1, 2, figsize=(10, 4), sharey=True, subplot_kw={"ylim": (0, 1)})
for number, (panel, vendor) in enumerate(zip(panels, maps, strict=True)):
    runs = {f"{way}, {s:.2g} s a run": both[:, :, number] for way, (both, s) in results.items()}
    line = "always “animal”", np.mean(y == 0)
    banded(panel, ["15", "60", "241"], runs, vendor, "Noto pictures in training", line)
plt.show()

# %% [markdown]
# Left: 60 drawings on borrowed features beat 241 without them. Right: from scratch hardly anything arrives, not far above the dotted line of whoever always says "animal". Notice the bands, lowest to highest of five splits. With 15 pictures they show mostly *which* ones were drawn; with 241 mostly the test fold, where each of 60 pictures is 1.7 points. A single split is an anecdote.
#
# Frozen and fine-tuned differ by less than their bands, while the seconds in the legend differ many times over (both need the store as well, once; from scratch needs none). Fine-tuning pays when there are more pictures, or when they are less like ImageNet's.
#
# ## Change the vendor
#
# The right panel asked for another *style*: **domain shift**, the everyday case of another hospital, another camera, another year. We test the heads of both vendors on both.
#
# Wrong first: a head's accuracy at home minus that abroad. That compares two *test sets*, and one of them may be harder for everybody. The fair reference has the same test pictures: heads that were trained on that vendor itself. **Predict:** in which direction does the style cost more?

# %% name="vendors"
ways = [("Noto", "OpenMoji"), ("OpenMoji", "Noto")]
for a, b in ways:
    print(f"{a} → {b} {right[a, b]:.3f}, at home {right[a, a]:.3f}, {b}'s own {right[b, b]:.3f}")
with claim_table():
    for (a, b), low, high in zip(ways, (1, 6), (6, 12), strict=True):
        claim(f"{a} → {b}, accuracy", right[a, b], at_least=0.78)
        cost = 100 * (right[b, b] - right[a, b])
        claim(f"cost of the style on {b}, points", cost, at_least=low, at_most=high)

# %% [markdown]
# The wrong measure makes Noto's heads the worse travellers. On the same test pictures it is the other way round: OpenMoji's drawings are harder for everybody, and Noto's heads do little worse there than OpenMoji's own.
#
# The first remedy is **augmentation** (lesson 04), with copies that imitate what *we* see of the other style. Noto's heads also get copies with a margin and only four steps per colour channel, so that little shading is left. OpenMoji's get copies without outlines: each pixel takes the brightest of its 3 × 3 neighbours, which swallows thin black lines. **Predict** what heads lose on copies of their *own* vendor, and what training with copies wins back abroad.

# %% name="augmentation"
flat = np.full(noto.x.shape, 255.0, dtype="float32")
flat[:, 5:91, 5:91] = ops.image.resize(85 * np.round(noto.x / 85), (86, 86), antialias=True)
bare = np.array(ops.max_pool(openmoji.x.astype("float32"), 3, strides=1, padding="same"))
bounds = (-3, 3), (2, 8)
with claim_table():
    for (a, b), copies, (low, high) in zip(ways, (flat, bare), bounds, strict=True):
        x = np.concatenate([features[a], tail.predict(body_maps(copies), verbose=0)])
        missed = 100 * (right[a, a] - np.mean(out_of_fold(heads[a], x[len(y) :]) == y))
        claim(f"{a}'s heads on {a}'s copies, points lost", missed, at_least=low, at_most=high)
        more_heads = [linear_head(x, np.tile(fold != k, 2), np.tile(y, 2)) for k in range(5)]
        gain = 100 * (np.mean(out_of_fold(more_heads, features[b]) == y) - right[a, b])
        claim(f"{a} → {b}, points gained with copies", gain, at_least=-3, at_most=5)

# %% [markdown]
# Noto's heads hardly mind their copies, so margin and flat colours are not what they stumble over. OpenMoji's do miss their outlines, and yet either kind of copies changes the accuracy abroad by a few points at most, hardly more than luck. Augmentation helps when it imitates the difference that matters, and that need not be the one we notice.
#
# The second remedy: label a few pictures of the new style and **mix them in**, some of each class. For comparison, heads that have those alone. **Predict:** how many of its own are worth as much as all of the other vendor's?


# %%
def with_few(way, most, each, seed):
    x = np.concatenate([features[vendor] for vendor in way])
    drawn = [(draw(k, most, seed), draw(k, each, seed) + len(y)) for k in range(5)]
    mixed_heads = [linear_head(x, np.concatenate(rows), np.tile(y, 2)) for rows in drawn]
    return np.mean(out_of_fold(mixed_heads, features[way[1]]) == y)


# %% name="mixing" alt="Two panels of accuracy on the new vendor against pictures of it per class: 1, 20 and all, with bands over three draws. All pictures of the other vendor together with these: a nearly flat curve that rises at the end. These alone: from little above one half up to about the dotted line of the other vendor alone at 20, and with all of them close to the upper curve, just below it on OpenMoji and just above it on Noto."
few = {"1": 1, "20": 20, "all": None}
figure, panels = plt.subplots(1, 2, figsize=(10, 4), sharey=True)
measured = {}
for panel, (a, b) in zip(panels, ways, strict=True):
    mixed = np.array([[with_few((a, b), None, k, s) for s in range(3)] for k in few.values()])
    alone = np.array([[with_few((a, b), 0, k, s) for s in range(3)] for k in few.values()])
    runs, none = {f"all of {a} and these": mixed, "these alone": alone}, f"all of {a} alone"
    banded(panel, [*few], runs, b, f"{b} pictures of each class", (none, right[a, b]))
    twenty = [with_few((a, b), 0, 20, seed) for seed in range(10)]  # three draws differ too much
    measured[a, b] = 100 * mixed, 100 * alone, 100 * np.mean(twenty), 100 * right[a, b]
plt.show()
with claim_table():
    for (a, b), (mixed, alone, twenty, old) in measured.items():
        what = f"on {b}, points:"
        claim(f"{what} all of {a} and 1 − all of {a}", mixed[0] - old, at_least=-4, at_most=4)
        claim(f"{what} 20 alone, ten draws − all of {a}", twenty - old, at_least=-5, at_most=8)
        claim(f"{what} all of both − all of {a}", mixed[2] - old, at_least=3)
        claim(f"{what} all of both − all of {b}", mixed[2] - alone[2], at_least=-3, at_most=5)

# %% [markdown]
# On top of 241 pictures one per class changes little; the upper curve rises slowly, and with all of them mixed in the gain is plain. But then the new vendor's pictures alone would do: what the old ones add on top of them is a few points at most, up or down. Now the lower curve: 20 per class in the *right* style are worth about as much as everything in the wrong one. If you can label some pictures where the network will be used, do.
#
# ## Look at the mistakes
#
# What does a head look at when it is wrong? With a global average over $Z$ places $ij$ of the maps $A_k$ and a linear head, the score of class $c$ is
#
# $$b_c + \sum_k w_{ck} \frac{1}{Z} \sum_{ij} A_{ijk} = b_c + \frac{1}{Z} \sum_{ij} \sum_k w_{ck} A_{ijk}$$
#
# The inner sum on the right is a picture of what spoke for $c$, and where: the **class activation map** of Zhou et al. (2016). Grad-CAM (lesson 05) weighs map $k$ by the mean of its gradient. Here that gradient is $w_{ck}/Z$ everywhere, so Grad-CAM must be the same map, but for a factor $Z$ and a ReLU. We check that on one of OpenMoji's mistakes, in the large network, whose maps have $Z = 7 \times 7$ places.

# %% name="grad-cam-check"
wrong = np.flatnonzero(out_of_fold(heads["Noto"], features["OpenMoji"]) != y)
x = pretrained.preprocess(ops.image.resize(openmoji.x[wrong].astype("float32"), (224, 224)))
large = keras.Model(network.input, network.get_layer("top_activation").output)
large_maps = large.predict(x, verbose=0)
weights = heads["Noto"][0].coef_[0].astype("float32")  # for "animal", in the first head
with tf.GradientTape() as tape:
    tape.watch(one := tf.constant(large_maps[:1]))
    score = ops.sum(ops.mean(one, axis=(1, 2)) * weights)
alpha = ops.mean(tape.gradient(score, one), axis=(1, 2))
grad_cam = ops.relu(ops.sum(alpha * one, axis=3))
difference = 49 * grad_cam - np.maximum(large_maps[:1] @ weights, 0)
claim("49 × Grad-CAM − ReLU of the class activation map", difference, equals=0, within=1e-3)

# %% [markdown]
# Now the mistakes of Noto's heads on OpenMoji. The heads were trained on features of 128 × 128 pixels, the large network gives them those of 224 × 224, and some mistakes vanish; of those that stay we draw ten at random, each with the map of its *wrong* answer and on a scale of its own. **Predict:** which class suffers most? And do OpenMoji's own heads stumble over the same?

# %% name="mistakes" alt="Ten of OpenMoji's drawings, nine of them food or drink such as a cocktail glass, a teapot and a cupcake, titled with their name and the wrong class they were given, mostly animal or vehicle. Blue shading marks the places that spoke for the wrong class: parts of the drawing, its edges, and sometimes the empty background beside it."
pooled = large_maps.mean(axis=(1, 2))
answers = np.choose(fold[wrong], [head.predict(pooled) for head in heads["Noto"]])
still = np.random.default_rng(3).permutation(np.flatnonzero(answers != y[wrong]))[:10]
titles = [f"{noto.names[wrong[i]]}:\n{classes[answers[i]]}?" for i in still]
for ax, i in zip(plots.image_grid(openmoji.x[wrong[still]], titles), still, strict=True):
    cam = np.maximum(large_maps[i] @ heads["Noto"][fold[wrong[i]]].coef_[answers[i]], 0)
    shade = {"alpha": 0.8 * cam / cam.max(), "extent": (-0.5, 95.5, 95.5, -0.5)}
    ax.imshow(cam, cmap="Blues", interpolation="bilinear", **shade)
plt.show()
own = out_of_fold(heads["OpenMoji"], features["OpenMoji"]) != y
with claim_table():
    claim("Noto's heads, share of food among the mistakes", np.mean(y[wrong] == 1), at_least=0.7)
    claim("OpenMoji's own heads, the same", np.mean(y[own] == 1), at_most=0.6)

# %% [markdown]
# It is food that suffers: drawn flat, with outlines, it is taken for an animal or, drinks among others, for a vehicle. OpenMoji's own heads spread their mistakes more evenly. So the style is no mere noise on top of the classes, it pushes the answers in one direction. Exercise 5 tries the simplest way to push back.
#
# The blue lies on parts of the drawing and along its edges, now and then on empty paper. A map shows which places of the last maps spoke, not which pixels (each place sees far beyond itself, lesson 05), let alone why: take it as a question to the data.
#
# ## Train fine, decide coarse
#
# The emoji also come with sub-groups: mammals, birds, fruit, transport on the ground … Esteva et al. (2017) trained a network on 757 fine classes of skin disease and summed their probabilities into the few that a decision needs. We do the same with 14 sub-groups (the frog, alone in its own, joins the reptiles); `first` holds a picture of each, whose class is that of the sub-group. **Predict:** is that better than predicting the three classes directly?

# %% name="sub-groups"
_, first, fine = np.unique(np.char.replace(noto.subgroups, "amphibian", "reptile"), True, True)
for vendor, x in features.items():
    shares = [linear_head(x, rows, fine).predict_proba(x) @ np.eye(3)[y[first]] for rows in train]
    summed = np.mean(np.choose(fold, np.argmax(shares, axis=2)) == y)
    print(f"{vendor}: summed {summed:.3f}, directly {right[vendor, vendor]:.3f}")
    gain = 100 * (summed - right[vendor, vendor])
    claim(f"{vendor}, points gained by summing", gain, at_least=-4, at_most=3)

# %% [markdown]
# No gain that we could tell from luck, for either vendor. Esteva had 129,450 images, and fine classes that were cut to hold at most 1,000 each, so that they were well filled and alike in size; ours have from 7 to 64 pictures. Finer labels are worth trying where they cost nothing, and worth checking.
#
# ## Follow the ResNet-50 recipe
#
# One of the decks behind this course has a "state of the art in one slide": ResNet-50 without its top, global average pooling, 1,024 units, one sigmoid; freeze the base and train the head; thaw the end of the base and train again. It reports a validation accuracy of 0.9864 on cats and dogs. Here it is in today's Keras. ResNet-50's scale is yet another one, blue, green and red minus their ImageNet means; `preprocess_input` applies it.


# %%
def cats_or_dogs(weights):
    base = resnet50.ResNet50(weights=weights, include_top=False, input_shape=(224, 224, 3))
    pixels = keras.Input((224, 224, 3))
    feature_maps = base(resnet50.preprocess_input(pixels), training=False)
    pooled = layers.GlobalAveragePooling2D()(feature_maps)
    outputs = layers.Dense(1, activation="sigmoid")(layers.Dense(1024, activation="relu")(pooled))
    return keras.Model(pixels, outputs), base


def thaw(model, base, prefix):
    base.trainable = True  # opens every layer; those without the prefix are closed again
    for layer in base.layers:
        layer.trainable = layer.name.startswith(prefix) and not layer.name.endswith("_bn")
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_variables)


# %% [markdown]
# We thaw by *name*, and batch norm stays frozen: all of the base, nothing, and its last block `conv5_block3_`. **Predict** the last two counts. The head has $2049 \cdot 1024 + 1025$ weights, biases included; the block adds three convolutions, $2049 \cdot 512$, $(3 \cdot 3 \cdot 512 + 1) \cdot 512$ and $513 \cdot 2048$.

# %% name="resnet-stages"
resnet, base = cats_or_dogs(weights=None)
print("base", base.output.shape, "answer", resnet.output.shape)
counts = [thaw(resnet, base, prefix) for prefix in ("", "no layer", "conv5_block3_")]
print([f"{count:,}" for count in counts], "layer 157:", base.layers[157].name)
claim("trained in each stage", counts, equals=[25_580_673, 2_099_201, 6_558_721])

# %% [markdown]
# The deck thaws everything from layer 157 on instead. The output names that layer in today's Keras: it lies in the middle of *another* block, so half of that block would stay frozen and half learn, and with it all batch norm behind. A name means the same in every version of a library; a position does not.
#
# To train it takes ImageNet weights (a download of 95 MB) and photographs. Some files of "cats and dogs" are no proper JPEG and would stop the training midway. The good files here nearly all begin with a few bytes and the letters JFIF; we keep those.


# %%
def recipe(archive, weights="imagenet", most=1000):
    files, folder = zipfile.ZipFile(archive), archive.parent / "PetImages"
    names = sorted(name for name in files.namelist() if name.endswith(".jpg"))  # cats, then dogs
    whole = [name for name in names if b"JFIF" in files.read(name)[:10]]
    files.extractall(archive.parent, whole[:most] + whole[-most:])
    split = {"validation_split": 0.2, "subset": "both", "seed": 0, "label_mode": "binary"}
    seen, unseen = keras.utils.image_dataset_from_directory(folder, image_size=(224, 224), **split)
    model, base = cats_or_dogs(weights)
    for prefix, epochs in (("no layer", 3), ("conv5_block3_", 1)):
        thaw(model, base, prefix)
        model.compile(optimizers.Adam(1e-4), "binary_crossentropy", metrics=["accuracy"])
        model.fit(seen, validation_data=unseen, epochs=epochs)


# %% [markdown]
# A change of `trainable` counts only from the next `compile` on, so each stage compiles anew. (The deck's `lr` is `learning_rate` today and `fit_generator` is `fit`; its `decay=1e-6` is gone, and changed next to nothing over so few steps.)
#
# **The next cell downloads, if you ask it to.** Run `course data fetch cats_and_dogs` in a terminal (825 MB), then set `DOWNLOAD = True`. With 1,000 photographs of each kind a laptop needs ten minutes or more, a GPU far less. The accuracy need not match the deck's, which trained on many more.

# %% name="download"
DOWNLOAD = False
try:
    recipe(*originals.files("cats_and_dogs")) if DOWNLOAD else print("Skipped: DOWNLOAD is False.")
except Exception as reason:  # no photographs on this disk, or no network for the weights
    print(f"The recipe cannot run here: {type(reason).__name__}:", reason)

# %% [markdown]
# ## Recap
#
# - A pretrained network needs its own input scale and says nothing when it gets another; a frozen body's features are stored once, and a linear head on them is hard to beat.
# - Fine-tune late, from a trained head, at a low rate, with batch norm frozen: emoji's averages in place of ImageNet's can undo the rest, whatever the batch size.
# - With few pictures, borrowed features are far ahead of a network from scratch: 20 per class beat all 241 without them; bands over splits say how much was luck.
# - A new style costs accuracy, measured on the same test pictures, and pushes mistakes in one direction; 60 labels in the new style are worth about 240 in the old, and a class activation map shows which places spoke for a mistake.
# - The recipe: freeze, train the head, thaw by name, compile, train again; count what each stage may change.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/06_transfer_learning.ipynb](exercises/06_transfer_learning.ipynb).
#
# ## Further reading
#
# - Yosinski, Clune, Bengio and Lipson (2014), "How transferable are features in deep neural networks?": the experiment behind freezing and fine-tuning, layer by layer.
# - Kornblith, Shlens and Le (2019), "Do better ImageNet models transfer better?": linear heads, fine-tuning and training from scratch on twelve data sets.
# - Zhou et al. (2016), "Learning deep features for discriminative localization": the class activation map.
# - Esteva et al. (2017), "Dermatologist-level classification of skin cancer with deep neural networks", *Nature* 542: train fine, decide coarse.
# - Raghu, Zhang, Kleinberg and Bengio (2019), "Transfusion: understanding transfer learning for medical imaging": where ImageNet helps less than one hopes.
