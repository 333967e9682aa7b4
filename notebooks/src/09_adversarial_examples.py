# %% [markdown]
# # 09 Adversarial examples
#
# **How is a network fooled, and defended?**
#
# After this lesson you can
#
# - derive the smallest change that flips a linear model, and say how many inputs can make it tiny;
# - write FGSM and PGD, in two norms, targeted or not, and keep ε in the units that you mean;
# - fool a network on real photos, through turning and JPEG, and with examples made on another network;
# - train a network against attacks, and draw what that buys and costs;
# - tell a real defence from one that only hides its gradients.
#
# **Data:** Wisconsin breast cancer, Fashion-MNIST, and photos for a network that knows ImageNet.
#
# **You will see:** a cat become an ostrich by changes that you will hardly see, and a defence fall that looked better than the honest one.
#
# **You need:** lessons 01 to 03 for gradients and training, lesson 04 for convolutions.
#
# **Minutes:** 40 to read, 65 to do, 2 to run.

# %%
import io

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from PIL import Image
from sklearn import linear_model, preprocessing

from course_utils import data, plots, pretrained
from course_utils.checks import claim, claim_table

keras.utils.set_random_seed(0)
plots.use_style()

# %% [markdown]
# ## Flip one neuron
#
# We begin where nothing can hide: lesson 01's neuron, with 30 standardised features and the weight penalty λ = 0.01. It calls a tumour malignant when its score $z = w \cdot x + b$ is above zero. (No test set here: we ask what it computes, not how well.)

# %%
tumours = data.load_breast_cancer()
x_scaled = preprocessing.scale(tumours.x)
neuron = linear_model.LogisticRegression(C=1 / (0.01 * len(x_scaled))).fit(x_scaled, tumours.y)
w, z = neuron.coef_[0], neuron.decision_function(x_scaled)
print("weights", w.shape, "scores", z.shape)

# %% [markdown]
# Add a **perturbation** $\delta$ to the features, and the score changes by $w \cdot \delta$. To flip the answer it must change by $-z$. How small can δ be? That depends on how we measure it:
#
# | norm of δ | measures | bound on the change of $z$ | reached by |
# |---|---|---|---|
# | $L_\infty$ | the largest single change | $\lVert w \rVert_1 \lVert \delta \rVert_\infty$ | $\delta = -\varepsilon\,\mathrm{sign}(z)\,\mathrm{sign}(w)$ |
# | $L_2$ | the Euclidean length | $\lVert w \rVert_2 \lVert \delta \rVert_2$ | $\delta = -\varepsilon\,\mathrm{sign}(z)\,w / \lVert w \rVert_2$ |
#
# Why? $\lvert w \cdot \delta \rvert \le \sum_j \lvert w_j \rvert \lvert \delta_j \rvert \le \max_j \lvert \delta_j \rvert \sum_j \lvert w_j \rvert$, with equality when every $\delta_j$ has the full size and the sign of $w_j$; and $w \cdot \delta = \lVert w \rVert_2 \lVert \delta \rVert_2 \cos \alpha$, which is largest when δ points along $w$.
#
# So the smallest flip is $\varepsilon = \lvert z \rvert / \lVert w \rVert_1$ in $L_\infty$, and $\lvert z \rvert / \lVert w \rVert_2$ in $L_2$. Mind the pairing: the *largest* change goes with the *sum* of the weights' sizes. **Predict:** how many of the 569 tumours flip at 99.9 % of their own ε, and how many at 100.1 %?

# %% name="smallest-flip"
for norm, order, direction in (("L∞", 1, np.sign(w)), ("L2", 2, w / np.linalg.norm(w))):
    epsilon = np.abs(z) / np.linalg.norm(w, order)
    delta = -np.outer(np.sign(z) * epsilon, direction)
    flipped = [np.sum((z + share * delta @ w) * z < 0) for share in (0.999, 1.001)]
    claim(f"{norm}: flipped at 99.9 % of ε, and at 100.1 %", flipped, equals=[0, len(z)])

# %% [markdown]
# In the best direction none of the tumours flips just below its ε, and all do just above; by the bound, no other direction does better. Now compare with **noise**, as large in every feature but of random sign. **Predict** its curve.

# %% name="worst-direction" alt="Share of the neuron's answers that flip, against the largest change of a feature from 0 to 1 standard deviation. In the worst direction it climbs steeply; with random signs it stays near zero."
epsilons = np.linspace(0, 1, 51)
signs = np.random.default_rng(0).choice([-1, 1], size=(30, 1000))
towards = -np.sign(z)[:, np.newaxis] * (w @ signs)  # push to the boundary, for each unit of ε
named = {"worst direction": [np.mean(np.abs(z) < np.abs(w).sum() * e) for e in epsilons]}
named["random signs"] = [np.mean(np.abs(z)[:, np.newaxis] < towards * e) for e in epsilons]
plots.curves(epsilons, named, "largest change ε (standard deviations)", "share of answers flipped")
plt.show()
half = np.searchsorted(named["worst direction"], 0.5)  # the first ε that flips half
worst, chance = 100 * named["worst direction"][half], 100 * named["random signs"][half]
print(f"flipped at ε = {epsilons[half]:.2f}: worst {worst:.1f} %, random signs {chance:.1f} %")
claim("random signs, where the worst flips half, %", chance, at_most=10)
claim("‖w‖₁ ÷ ‖w‖₂", np.abs(w).sum() / np.linalg.norm(w), at_least=4, at_most=np.sqrt(30))

# %% [markdown]
# That is the whole secret. In the worst direction all $d$ features push the same way and their effects *add up* to $\varepsilon \lVert w \rVert_1$; random signs mostly cancel, and typically move the score by $\varepsilon \lVert w \rVert_2$. The ratio is at most $\sqrt d$, when all weights have equal size: 5.5 for 30 features, 28 for the 784 pixels of Fashion-MNIST, 388 for a photo of 224 × 224 × 3.
# Goodfellow and others (2015) put it like this: to be fooled, a model need not be wildly bent. It need only be nearly linear, in many dimensions.
#
# ## Fool a network in one step
#
# Now Fashion-MNIST, with pixels scaled to $[0, 1]$; we attack 500 random test pictures. The network is small, so that all that follows is quick. Its weights come from a file: the same layers, trained for eight epochs ([the script](../data/make/fashion_networks.py)).

# %%
fashion = data.load_fashion_mnist()
x_train, x_test = (x[..., None].astype("float32") / 255 for x in (fashion.x_train, fashion.x_test))
rows = np.random.default_rng(0).choice(len(x_test), 500, replace=False)
x, y = x_test[rows], fashion.y_test[rows]
print("pictures to attack", x.shape)


# %% name="standard-network"
def network(shipped=None):
    half = {"strides": 2, "padding": "same", "activation": "relu"}  # of the height and width
    parts = [layers.Conv2D(16, 3, **half, name="conv1"), layers.Conv2D(32, 3, **half, name="conv2")]
    parts += [layers.Flatten(name="flatten"), layers.Dense(64, activation="relu", name="hidden")]
    model = keras.Sequential([keras.Input((28, 28, 1)), *parts, layers.Dense(10, name="logits")])
    if shipped:
        pretrained.load_weights(model, shipped)
    return model


def predict(model, x):
    return np.argmax(model(x), axis=1)


standard = network("fashion_standard")
claim("accuracy on clean pictures", np.mean(predict(standard, x) == y), at_least=0.82)

# %% [markdown]
# A network is not linear, but close to a picture $x$ its loss nearly is: $L(x + \delta) \approx L(x) + g \cdot \delta$, with the gradient $g = \nabla_x L$ taken with respect to the *input*; the weights stay as they are. So we know the best δ already. Within $\lVert \delta \rVert_\infty \le \varepsilon$ it is $\varepsilon\,\mathrm{sign}(g)$: the **fast gradient sign method**, FGSM.
#
# $$x_{\text{adv}} = \mathrm{clip}\big(x + \varepsilon\,\mathrm{sign}(\nabla_x L(x, y)),\ 0,\ 1\big)$$
#
# The clip keeps it a picture. We sum the losses, so that a picture's gradient does not shrink with the number of pictures, and take them from logits, since a saturated softmax would round gradients to zero. `tf.function` compiles the one slow part.

# %%
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True, reduction="sum")


@tf.function(reduce_retracing=True)  # compiled for each network, not for each number
def input_gradient(model, x, labels):
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = cross_entropy(labels, model(x, training=False))
    return tape.gradient(loss, x)


def fgsm(model, x, labels, epsilon):
    gradient = input_gradient(model, tf.constant(x), tf.constant(labels))
    return np.clip(x + epsilon * np.sign(gradient), 0, 1)


# %% [markdown]
# We take ε = 0.1, a tenth of the way from black to white, and beside it noise of that size with random signs. **Predict** both accuracies.

# %% name="noise-and-fgsm"
x_noisy = np.clip(x + 0.1 * np.random.default_rng(0).choice(np.float32([-1, 1]), x.shape), 0, 1)
x_fgsm = fgsm(standard, x, y, epsilon=0.1)
noisy, attacked = (np.mean(predict(standard, part) == y) for part in (x_noisy, x_fgsm))
print(f"accuracy with noise {noisy:.3f}, after FGSM {attacked:.3f}")
claim("accuracy with noise − after FGSM", noisy - attacked, at_least=0.6)

# %% name="fgsm" alt="Three rows of five pictures of clothes. Top row: clean pictures, named rightly. Middle row: the same with random specks, most still named rightly. Bottom row: the same with specks of equal size from FGSM, all named wrongly."
shown = np.flatnonzero((predict(standard, x) == y) & (predict(standard, x_fgsm) != y))[:5]
triple = np.concatenate([pictures[shown] for pictures in (x, x_noisy, x_fgsm)])
titles = [fashion.class_names[label] for label in predict(standard, triple)]
plots.image_grid(triple, titles, limits=(0, 1))
plt.show()

# %% [markdown]
# Rows: clean, noise, FGSM, each with the network's answer. The two are equal in size, and to our eyes about equally grainy; but noise leaves most answers as they are, and FGSM has changed all of these.
#
# ## Take many small steps
#
# One long step trusts the straight line too far. **Projected gradient descent**, PGD (Madry and others 2018), takes many short ones, asks for the gradient anew after each, and is pulled back whenever it leaves the ball of radius ε. Each norm needs two things: the direction in which a linear loss rises fastest, and the way back.
#
# The axes in `length` matter: every picture has a length of its own. In $L_\infty$ the way back cuts pixel by pixel; in $L_2$ it shrinks the whole perturbation, and only if it is too long.
# With `random`, PGD starts elsewhere in the ball, not at $x$. (In $L_2$ it starts on the ball's surface, before the clip; in 784 dimensions, nearly all of the ball is near there.) With `targeted`, the labels are those that we *want*, and it goes down their loss. It returns the pictures after each step; the last is `[-1]`.


# %%
def length(delta):
    return np.sqrt(np.sum(delta**2, axis=(1, 2, 3), keepdims=True))


def steepest(gradient, norm):
    return np.sign(gradient) if norm == "linf" else gradient / np.maximum(length(gradient), 1e-12)


def project(delta, epsilon, norm):
    shrink = np.minimum(1, epsilon / np.maximum(length(delta), 1e-12))
    return delta * shrink if norm == "l2" else np.clip(delta, -epsilon, epsilon)


def pgd(
    model, x, labels, epsilon, step, num_steps,
    norm="linf", targeted=False, random=None, gradient_of=input_gradient,
):  # fmt: skip
    noise = random.uniform(-epsilon, epsilon, x.shape).astype("float32") if random else 0 * x
    x_adv, path = np.clip(x + project(noise, epsilon, norm), 0, 1), []
    for _ in range(num_steps):
        gradient = gradient_of(model, tf.constant(x_adv), tf.constant(labels)).numpy()
        ascent = step * steepest(gradient, norm)
        delta = x_adv - x + (-ascent if targeted else ascent)
        x_adv = np.clip(x + project(delta, epsilon, norm), 0, 1)
        path.append(x_adv)
    return path


# %% [markdown]
# Check that it keeps to its rules before you trust what it finds. Then count: a picture **survives** only if *no* step fools the network, for an attacker needs to win only once. **Predict:** of the pictures that FGSM could not fool, what share will 20 small steps leave?


# %% name="survivors"
def survives(model, x, y, epsilon, norm="linf", num_steps=20, random=None):
    right = predict(model, x) == y
    for x_adv in pgd(model, x, y, epsilon, epsilon / 4, num_steps, norm, random=random):
        right &= predict(model, x_adv) == y
    return right


with claim_table():
    for norm, (epsilon, size) in {"linf": (0.1, np.abs), "l2": (1.5, length)}.items():
        random = np.random.default_rng(0)
        x_pgd = pgd(standard, x, y, epsilon, epsilon / 4, 20, norm, random=random)[-1]
        left = np.mean(survives(standard, x, y, epsilon, norm))
        claim(f"{norm}: largest perturbation ÷ ε", size(x_pgd - x).max() / epsilon, at_most=1.0001)
        claim(f"{norm}: survive 20 steps, %", 100 * left, at_most=15)
    left = np.mean(survives(standard, x, y, 0.1)[predict(standard, x_fgsm) == y])
    claim("linf: of FGSM's survivors, 20 steps leave, %", 100 * left, at_most=85)

# %% [markdown]
# Few are left, in either norm, and some of FGSM's survivors fall as well. Here one step was nearly enough; wait for a network where it is not. The two ε cannot be compared as numbers: 0.1 in each of 784 pixels has a length of up to $0.1 \sqrt{784} = 2.8$. An $L_2$ ball of 1.5 allows less in all, but may spend it on few pixels.
#
# ## Attack a photo, in the right units
#
# Next real photos, and EfficientNet-Lite0, which knows 1,000 classes. We want ±4 of 255 grey levels, which you will hardly see. **Wrong first:** the network takes pixels $p$ as $(p - 127)/128$, so we scale the cat, and call `pgd` with ε = 4/255. **Predict:** by how many grey levels will pixels change?

# %%
net, photos = pretrained.efficientnet_lite0(classifier_activation=None), data.load_photos()
ostrich, cat = data.load_imagenet_classes().index("ostrich"), pretrained.preprocess(photos.x[:1])
wrong = pgd(net, cat, [ostrich], 4 / 255, 1 / 255, 4, targeted=True)[-1]
claim("dark pixels, as grey levels", 128 * wrong[cat < -4 / 255] + 127, equals=127)
moved = 128 * np.abs(wrong - cat)[cat > 0.1].max()
claim("bright pixels move by, in levels", moved, equals=2, within=0.02)

# %% [markdown]
# Two mistakes, no error message. Our clip to $[0, 1]$ has turned every dark pixel into the same mid-grey, for in that scale 0 is not black. And its unit is 128 levels, not 255, so bright pixels moved by half of what we meant.
#
# The cure is one scale for all attacks: put the network's own scaling *inside* the model, where gradients pass through it, and attack pictures in $[0, 1]$ only.

# %%
inputs = keras.Input((224, 224, 3))
photo_net = keras.Model(inputs, net(layers.Rescaling(255 / 128, -127 / 128)(inputs)))
x_photos = photos.x.astype("float32") / 255
difference = photo_net(x_photos[:2]) - net(pretrained.preprocess(photos.x[:2]))
claim("the same logits as before", difference, equals=0, within=1e-3)

# %% [markdown]
# Now the target. In the paper that gave adversarial examples their name (Szegedy and others 2014), things as different as a school bus and a dog all became *ostrich*. So shall our cat, espresso and temple, in 20 steps of one level each. A file stores whole levels, so we also round. **Predict** how sure the network will be.

# %% name="photos-claims"
three = x_photos[[photos.names.index(name) for name in ("cat", "espresso", "temple")]]
fooled = pgd(photo_net, three, [ostrich] * 3, 4 / 255, 1 / 255, 20, targeted=True)[-1]
fooled = np.round(255 * fooled).astype("float32") / 255
claim("largest change, in levels", 255 * np.abs(fooled - three).max(), equals=4, within=0.01)
after = ops.convert_to_numpy(ops.softmax(photo_net(fooled)))[:, ostrich]
print("probability of ostrich: cat {:.3f}, espresso {:.3f}, temple {:.3f}".format(*after))
claim("probability of ostrich", after, at_least=0.9)


# %% name="photos-attacked" alt="Three rows of three pictures: photo, perturbation magnified 20 times, and their sum. Cat, espresso and temple are named rightly at the left, with confidence from about 0.3 to 0.9, and ostrich at the right, with confidence near one, though left and right differ little. The perturbations look like coloured static with faint traces of edges."
def answers(pictures):
    scores = np.concatenate([photo_net(picture[np.newaxis]) for picture in pictures])
    top = pretrained.decode_predictions(ops.softmax(scores), top=1)
    return [f"{name} {probability:.2f}" for [(name, probability)] in top]


magnified = np.clip(0.5 + 20 * (fooled - three), 0, 1)
pictures = [picture for row in zip(three, magnified, fooled, strict=True) for picture in row]
titles = answers(pictures)
titles[1::3] = ["perturbation × 20"] * 3
plots.image_grid(pictures, titles, columns=3)
plt.show()
before = ops.convert_to_numpy(ops.softmax(photo_net(three))).max(axis=1)
print("before, its best answer: cat {:.3f}, espresso {:.3f}, temple {:.3f}".format(*before))
claim("probability, ostrich − the photo's best answer", after - before, at_least=0.05)

# %% [markdown]
# Compare left and right: you have to look closely (at the temple's sky) to see any difference. The network is *surer* of each ostrich than it was of the photo. The perturbation draws no ostrich either; it is tuned to this network, pixel by pixel.
#
# ## Make it survive a camera
#
# So finely tuned, does it survive a turn of the head? We turn, scale and grain a picture at random, with operations that have gradients. (The matrix says for each new pixel where to fetch it; the shifts keep the centre in place.) The gradient summed over four such views (its sign is that of the mean), `expected_gradient`, will serve in a moment. **Predict:** of 32 views of the ostrich cat, how many are still an ostrich?

# %% name="one-view"
seed = keras.random.SeedGenerator(0)


def views(x):
    angle = keras.random.uniform((len(x),), -0.5, 0.5, seed=seed)  # radians: up to 29°
    scale = keras.random.uniform((len(x),), 0.9, 1.4, seed=seed)
    cos, sin, zero = ops.cos(angle) / scale, ops.sin(angle) / scale, ops.zeros_like(angle)
    shifts = 111.5 * (1 - cos + sin), 111.5 * (1 - sin - cos)
    matrix = ops.stack([cos, -sin, shifts[0], sin, cos, shifts[1], zero, zero], axis=1)
    turned = ops.image.affine_transform(x, matrix, fill_mode="reflect")
    return ops.clip(turned + keras.random.normal(x.shape, stddev=0.03, seed=seed), 0, 1)


@tf.function
def expected_gradient(model, x, labels):
    with tf.GradientTape() as tape:
        tape.watch(x)
        four = views(tf.repeat(x, 4, axis=0))
        loss = cross_entropy(tf.repeat(labels, 4), model(four, training=False))
    return tape.gradient(loss, x)


def share_of_views(x, wanted=(ostrich,)):  # 32 views, four at a time to save memory
    found = [predict(photo_net, views(tf.repeat(x, 4, axis=0))) for _ in range(8)]
    return np.mean(np.isin(found, wanted))


claim("still an ostrich, % of 32 views", 100 * share_of_views(fooled[:1]), at_most=10)
house_cats = range(281, 286)  # five of ImageNet's classes
cats = share_of_views(fooled[:1], house_cats)
claim("a house cat again, % of 32 views", 100 * cats, at_least=80)

# %% [markdown]
# Hardly any: the cat is back. For a while this was a comfort; such attacks, it seemed, live in files and not in the world.
#
# But an attacker can ask for more: raise the ostrich's log-probability *on average over the views*. **Expectation over transformation** (Athalye, Engstrom and others 2018) follows the mean gradient over fresh random views, here four at each step. PGD stays as it is; we only hand it `expected_gradient`. We allow ±8 levels, and compare with the plain attack, given the same ε and steps. (`as_jpeg` is for the next question.)


# %% name="fresh-views"
def as_jpeg(picture, quality):
    image = Image.fromarray(np.round(255 * picture).astype("uint8"))
    image.save(file := io.BytesIO(), "JPEG", quality=quality)
    return np.asarray(Image.open(file), "float32") / 255


attack = photo_net, three[:1], [ostrich], 8 / 255, 1 / 255, 40
plain_cat = pgd(*attack, targeted=True)[-1]
sturdy_cat = pgd(*attack, targeted=True, gradient_of=expected_gradient)[-1]
with claim_table():
    claim("largest change, in levels", 255 * np.abs(sturdy_cat - three[:1]).max(), at_most=8.01)
    claim("plain attack, ostrich in % of fresh views", 100 * share_of_views(plain_cat), at_most=30)
    claim("over views, ostrich in % of fresh views", 100 * share_of_views(sturdy_cat), at_least=90)

# %% [markdown]
# It passes on views drawn anew, and the plain attack does not: the views made the difference, not the larger ε. Now something that it never trained on and that has no gradient: saving as **JPEG**, which rounds fine detail away (the lower the quality, the more). **Predict** for both cats, at quality 90 and at 50.

# %% name="jpeg"
sturdy = []
for quality in (90, 50):
    saved = np.array([as_jpeg(cat[0], quality) for cat in (plain_cat, sturdy_cat)])
    p = ops.convert_to_numpy(ops.softmax(photo_net(saved)))[:, ostrich]
    print(f"probability of ostrich, JPEG {quality}: plain {p[0]:.3f}, over views {p[1]:.3f}")
    sturdy.append(p[1])
claim("plain attack, JPEG 50", p[0], at_most=0.1)
claim("attack over views, JPEG 90 and 50", sturdy, at_least=0.6)

# %% name="survives-views" alt="Two rows of five pictures of the cat: four turned, scaled and grainy views, and one saved as JPEG. In the upper row, from the plain attack, all are named as kinds of cat; in the lower row, from the attack over many views, all are named ostrich."
pictures = []
for picture in (plain_cat[0], sturdy_cat[0]):
    pictures += [*views(np.stack([picture] * 4)).numpy(), as_jpeg(picture, 50)]
plots.image_grid(pictures, answers(pictures))
plt.show()

# %% [markdown]
# A JPEG of high quality may let the plain attack pass, as the printed numbers show; one of low quality stops it, and does not stop the sturdy one. Top: the plain attack is no ostrich from any side (the last picture is the JPEG of quality 50). Bottom: an ostrich throughout. At ±8 you can see the change: look at the nose. We turned and saved files; we have not been through a lens. Others have: printed and photographed, such pictures have fooled networks (Kurakin, Goodfellow and Bengio 2017, "Adversarial examples in the physical world"), and Athalye and others even printed a turtle in 3-D. "It would not survive a camera" is no defence.
#
# ## Fool a network that you have not seen
#
# These attacks were **white-box**: they used the network's own gradient. Keep the network secret, then? `second` has the same layers, but began at other random weights and saw the pictures in another order. We give it the examples made on `standard`. **Predict** its accuracy: near its clean one, near zero, or between?

# %% name="transfer"
second, x_other = network("fashion_second"), pgd(standard, x, y, 0.1, 0.025, 20)[-1]
clean, noisy, other = (np.mean(predict(second, part) == y) for part in (x, x_noisy, x_other))
print(f"accuracy: clean {clean:.3f}, with noise {noisy:.3f}, the other's examples {other:.3f}")
claim("accuracy, the other's examples ÷ clean", other / clean, at_most=0.4)
claim("accuracy, clean − with noise", clean - noisy, at_most=0.1)

# %% [markdown]
# Between, and nearer to zero: most of its accuracy is gone, to pictures that were made without it. Noise of the same size costs little, so it is the direction that carries over, probably because the two networks lean on much the same features. Ours had it easy, with the same layers and the same training pictures; with others, less transfers. An attacker trains a network of their own, and transfers.
#
# ## Train against the attack
#
# The defence that has lasted is the plainest: train on attacked pictures. With θ for the weights, **adversarial training** plays a game,
#
# $$\min_\theta \; \mathbb{E}_{(x, y)} \Big[ \max_{\lVert \delta \rVert_\infty \le \varepsilon} L_\theta(x + \delta, y) \Big],$$
#
# PGD stands in for the maximum and the optimiser the minimum, batch after batch. We train `standard` on for one epoch like this, with five steps at ε = 0.15. **Predict** the accuracy under attack, before and after.

# %% name="adversarial-training"
trained, random = network("fashion_standard"), np.random.default_rng(0)
plain_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
trained.compile(keras.optimizers.Adam(1e-3), plain_loss)
for batch in random.permutation(len(x_train)).reshape(-1, 100):
    labels = fashion.y_train[batch]
    x_adv = pgd(trained, x_train[batch], labels, 0.15, 0.05, 5, random=random)[-1]
    trained.train_on_batch(x_adv, labels)
before, after = (np.mean(survives(model, x, y, 0.15)) for model in (standard, trained))
claim("accuracy under attack, before", before, at_most=0.05)
claim("accuracy under attack, after one epoch", after, at_least=0.3)

# %% [markdown]
# One epoch, and an attacker who won almost always now fails on a good part of the pictures. It is dear, though: five more gradients for each update. The shipped `fashion_robust` had eight epochs of this kind from random weights, with ε growing over the first, for at full size from the start some never learn.
#
# We draw **robust accuracy**, the share that survives, against ε in both norms; at ε = 0 it is the clean accuracy. The network trained on one point of the left panel only. **Predict** where the curves begin, and whether they cross.

# %%
robust, few = network("fashion_robust"), (x[:300], y[:300])
named = {"standard": standard, "trained with PGD": robust}
strengths = {"linf": [0, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3], "l2": [0, 0.25, 0.5, 1, 1.5, 2, 3]}
panels = [(norm, name, e) for norm in strengths for name in named for e in strengths[norm]]
accuracy = {key: np.mean(survives(named[key[1]], *few, key[2], key[0])) for key in panels}

# %% name="robust-accuracy" alt="Two panels of robust accuracy against ε, for L infinity and for L2. In both the standard network starts higher, above 85 per cent, and falls steeply to nearly zero; the network trained with PGD starts about fourteen points lower and falls slowly, crossing the other far to the left."
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True)
for ax, (norm, epsilons) in zip(axes, strengths.items(), strict=True):
    curves = {name: [accuracy[norm, name, epsilon] for epsilon in epsilons] for name in named}
    label = f"ε in {'L∞' if norm == 'linf' else 'L2'} (pixels from 0 to 1)"
    plots.curves(epsilons, curves, label, "robust accuracy", ax)
plt.show()

for norm, epsilons in strengths.items():
    print(f"{norm:<16}" + "".join(f"{epsilon:>7.3f}" for epsilon in epsilons))
    for name in named:
        print(f"{name:<16}" + "".join(f"{accuracy[norm, name, e]:>7.3f}" for e in epsilons))
gain = {key: accuracy[key[0], "trained with PGD", key[2]] - accuracy[key] for key in panels}
linf, l2 = ([gain[norm, "standard", e] for e in strengths[norm]] for norm in strengths)
with claim_table():
    claim("price in clean accuracy", -linf[0], at_least=0.03, at_most=0.2)
    claim("gain at ε = 0.05, 0.1, 0.15 in L∞", linf[2:5], at_least=0.2)
    claim("gain at ε = 1.5 in L2", l2[4], at_least=0.2)
    claim("gain at ε = 0.05 to 0.2 in L∞, 0.5 to 2 in L2", linf[2:6] + l2[2:6], at_least=0)
    claim("left at ε = 0.3 in L∞", accuracy["linf", "trained with PGD", 0.3], at_most=0.15)

# %% [markdown]
# The standard network is ahead at ε = 0 and at a tiny ε. From ε = 0.05 in $L_\infty$ and 0.5 in $L_2$ on, the other leads as long as anything is left. It pays with clean accuracy, and keeps a good part of the rest where the standard one has next to nothing. (300 pictures carry an uncertainty of at most ±5.7 points, at 95 %.) It gains in $L_2$ too, which it never trained for; and at twice the ε of its training hardly anything is left. "Robust" without an ε and a norm means nothing.
#
# ## Distrust a defence
#
# Five gradients for each update are dear, one is cheap: train with FGSM in place of PGD, at the same ε. **Wrong first:** we judge both by the attack that the cheap one was trained on, with all 2,000 test pictures, since a single step takes no time. **Predict** which looks better.

# %% name="cheap-defence"
cheap, y_test = network("fashion_fgsm"), fashion.y_test
honest = np.mean(predict(robust, fgsm(robust, x_test, y_test, 0.15)) == y_test)
clean = predict(cheap, x_test) == y_test
after = predict(cheap, fgsm(cheap, x_test, y_test, 0.15)) == y_test
lead, repaired = after.mean() - honest, np.mean(~clean & after)
print(f"after one step: trained with PGD {honest:.3f}, cheap defence {after.mean():.3f}")
print(f"cheap defence on clean pictures: {clean.mean():.3f}")
with claim_table():
    claim("after one step, cheap − PGD", lead, at_least=0.03)
    claim("cheap, after one step − clean", after.mean() - clean.mean(), at_least=0.03)
    claim("share of its lead that is repaired", repaired / lead, at_least=0.5)

# %% [markdown]
# The cheap defence looks *better*: better even than on clean pictures. No attack can help an honest defender. It repairs pictures that it got wrong, for one step made with the right label carries that label: **label leaking** (Kurakin, Goodfellow and Bengio 2017, "Adversarial machine learning at scale"). Counted as above, right before *and* after, most of its lead is gone.
# Now 20 small steps; and beside them, a single step of every length. **Predict** the second curve as the step grows from 0 to 0.2.

# %% name="one-step-misleads" alt="Two panels of accuracy against ε up to 0.2. Left, trained with PGD: the curves for one step and for 20 steps fall slowly, together up to 0.1, and then part a little. Right, trained with FGSM: the curve for 20 steps falls to nearly zero, while the curve for one step dips at 0.05, climbs until 0.15, and falls a little."
figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.8), sharey=True, subplot_kw={"ylim": (0, 1)})


def share_left(model, x_adv):  # right on the clean picture and on the attacked one
    return np.mean((predict(model, few[0]) == few[1]) & (predict(model, x_adv) == few[1]))


labels = "after one step (repaired pictures count)", "20 steps within ε"
lengths, found = [0, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2], {}
for ax, (name, model) in zip(axes, {"PGD": robust, "FGSM": cheap}.items(), strict=True):
    one = [np.mean(predict(model, fgsm(model, *few, e)) == few[1]) for e in lengths]
    found[name] = one, [np.mean(survives(model, *few, e)) if e else one[0] for e in lengths]
    curves = dict(zip(labels, found[name], strict=True))
    plots.curves(lengths, curves, "ε in L∞", "accuracy", ax).set_title(f"trained with {name}")
plt.show()

print(f"{'trained with':<15}" + "".join(f"{epsilon:>7.3f}" for epsilon in lengths))
for name, (one, twenty) in found.items():
    print(f"{name + ', one step':<15}" + "".join(f"{value:>7.3f}" for value in one))
    print(f"{name + ', 20 steps':<15}" + "".join(f"{value:>7.3f}" for value in twenty))

# %% [markdown]
# The cheap defence has next to no robustness. It has learned to bend its loss so that the gradient *at the picture* leads astray: a step of just 0.15 lands on ground that it was trained on, and many short ones walk round the bend. (Where the one-step curve climbs, it counts repaired pictures.) A collapse like this, when it comes suddenly in mid-training, is called **catastrophic overfitting** (Wong, Rice and Kolter 2020).
# We show a seed where it fails plainly; with two others 20 steps left 0.20 and 0.26 ([the card](../data/README.md)), still far below the network trained with PGD. It is one kind of **gradient masking**: the network did not get stronger, the attack got lost.
#
# ## Run the sanity checks
#
# How could you have known without PGD? Some things hold in every honest evaluation:
#
# 1. a larger ε never helps the defender, for the smaller ball lies inside the larger;
# 2. more steps or restarts never help the defender *by construction*, where one success is enough; what counts is that they find little more;
# 3. a white-box attack is at least as strong as examples transferred from another network;
# 4. gradients find at least as much as noise does;
# 5. at an ε so large that any picture is allowed, nothing survives.
#
# **Predict** which of them the one-step evaluation of the cheap defence breaks, counted as above.

# %% name="sanity-fails"
one = {e: share_left(cheap, fgsm(cheap, *few, e)) for e in (0.15, 1.0)}
transfer = share_left(cheap, pgd(second, *few, 0.15, 0.05, 20)[-1])
noise = np.random.default_rng(0).choice([-0.15, 0.15], size=few[0].shape).astype("float32")
x_noise = np.clip(few[0] + noise, 0, 1)
print(f"left at ε = 0.15: one step {one[0.15]:.3f}, transfer {transfer:.3f}", end=", ")
print(f"noise {share_left(cheap, x_noise):.3f}, 20 steps {found['FGSM'][1][5]:.3f}")
with claim_table():
    claim("20 steps at ε = 0.15", found["FGSM"][1][5], at_most=0.2)
    claim("check 3: one step, white-box − transfer", one[0.15] - transfer, at_least=0.04)
    claim("check 5: one step, left at ε = 1", one[1.0], at_least=0.015)

# %% [markdown]
# Checks 3 and 5 fail, and either is proof: a stronger attack within the same ε is known, so this number is no measure of the defence. (In the figure, 1 seems to fail as well, but only because repaired pictures count there; of those right before *and* after, no longer step leaves more. And noise leaves more than one step does, so 4 holds.) Now the same checks on PGD, for all four networks. The table shows what each attack leaves; `all` counts a picture as lost if 20 steps, 60 steps or a restart break it. (The number of steps is finite, so we allow a few pictures.)

# %% name="sanity-table"
rises, missed, behind, rests = [], [], [], []
print("left at ε =         0.05    0.1   0.15    1.0  0.15: all  transfer  noise")
for name, model in {**named, "second": second, "trained with FGSM": cheap}.items():
    by_epsilon = [survives(model, *few, epsilon) for epsilon in (0.05, 0.1, 0.15, 1.0)]
    restart = survives(model, *few, 0.15, random=np.random.default_rng(0))
    harder = by_epsilon[2] & restart & survives(model, *few, 0.15, num_steps=60)
    other = pgd(second if model is standard else standard, *few, 0.15, 0.05, 20)[-1]
    rivals = [share_left(model, other), share_left(model, x_noise)]
    left = np.mean(by_epsilon, axis=1)
    rises.append(np.diff(left).max())
    missed.append(left[2] - harder.mean())
    behind.append(harder.mean() - min(rivals))
    rests.append(left[3])
    row = "".join(f"{value:>7.3f}" for value in left)
    print(f"{name:<17}{row}{harder.mean():>11.3f}{rivals[0]:>10.3f}{rivals[1]:>7.3f}")

with claim_table():
    claim("1: rise with ε, all four", rises, at_most=0.01)
    claim("2: found by 60 steps or a restart, all four", missed, at_most=0.03)
    claim("3 and 4: all − transfer or noise, all four", behind, at_most=0.01)
    claim("5: left at ε = 1, all four", rests, at_most=0.01)

# %% [markdown]
# PGD passes, on the cheap defence too. Passing is necessary, not sufficient: what an attack leaves is only an *upper bound* on robustness, and many published defences fell to the next attack (Athalye, Carlini and Wagner 2018). Attack your own defence as if you wanted it to fail.
#
# ## Use it responsibly
#
# An attack is a measuring instrument: unless you try, you do not know what a network leans on, or whether to trust it where somebody gains by fooling it. Try it on models and data that are yours, or whose owners have agreed. Keep it away from systems that people depend on, such as cars, clinics, content moderation or identity checks: there it can hurt somebody, and in many places it is a crime.
# If you find a weakness in something that others use, tell its makers first, and give them time to mend it. And when you publish a defence, publish its ε and its norm, and the attacks that you tried on it, so that nobody relies on a number that was never tested.
#
# ## Recap
#
# - A linear score flips at $\varepsilon = \lvert z \rvert / \lVert w \rVert_1$ in $L_\infty$ and at $\lvert z \rvert / \lVert w \rVert_2$ in $L_2$. Small pushes that agree add up, so at the same $L_2$ distance from the boundary, more inputs allow a smaller ε per input.
# - FGSM takes one step along the gradient's signs, PGD many, with a way back; wanted labels turn the sign round; one scale for all, with the network's own inside the model.
# - A cat is an ostrich within ±4 levels. Averaged over views, the attack survives turning and JPEG; and examples made on one network fool another.
# - Adversarial training with PGD keeps accuracy under attack, at a price in clean accuracy; the gain fades beyond its ε, and in another norm has to be measured.
# - One step can flatter: a picture is lost if any step or restart fools the network, and the sanity checks catch masked gradients.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/09_adversarial_examples.ipynb](exercises/09_adversarial_examples.ipynb).
#
# ## Further reading
#
# - Szegedy and others (2014), "Intriguing properties of neural networks": the name, and the first ostriches. Goodfellow, Shlens and Szegedy (2015), "Explaining and harnessing adversarial examples": FGSM, and the linear explanation of our first section.
# - Madry and others (2018), "Towards deep learning models resistant to adversarial attacks": PGD, and adversarial training as a game.
# - Athalye, Engstrom, Ilyas and Kwok (2018), "Synthesizing robust adversarial examples": expectation over transformation, and the turtle.
# - Athalye, Carlini and Wagner (2018), "Obfuscated gradients give a false sense of security": how defences that mask gradients are broken, one by one. Carlini and others (2019), "On evaluating adversarial robustness": the long form of our sanity checks.
# - Wong, Rice and Kolter (2020), "Fast is better than free": catastrophic overfitting, and how a random start and stopping in time help training with one step.
