# %% [markdown]
# # 05 Architectures, and what a network sees
#
# **How are the famous networks built, and what do they look at?**
#
# After this lesson you can
#
# - build LeNet-5, AlexNet, VGG, an Inception module and ResNet-50 from short functions, and account for every parameter;
# - say where a network keeps its parameters and where it does its work, which is not the same place;
# - show that depth alone hurts, that a skip connection repairs it, and what it does to the gradient;
# - look into a trained network: its filters, its feature maps, and the picture that a class likes best;
# - ask which parts of a photo an answer rests on, by occlusion and Grad-CAM, and test whether to believe the map.
#
# **Data:** 500 handwritten digits of 8 × 8 pixels; ten photos; EfficientNet-Lite0, a network that was trained on 1.2 million photos.
#
# **You will see:** a network of 34 layers lose to one of 6 until one addition is made, a flamingo that nobody drew, and what remains of a "cat" when you hide parts of it.
#
# **You need:** lesson 04: convolution, pooling, output sizes. Lesson 03: batch normalisation.
#
# **Minutes:** 40 to read, 70 to do, 1 to run.

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import applications, layers, ops, optimizers
from scipy import ndimage, stats

from course_utils import plots
from course_utils.checks import claim, claim_table
from course_utils.data import load_digits_8x8, load_imagenet_classes, load_photos
from course_utils.pretrained import decode_predictions, efficientnet_lite0, preprocess

keras.utils.set_random_seed(0)
plots.use_style()

# %% [markdown]
# ## Draw blueprints
#
# An **architecture** is the plan of a network: which layers, in which order, how wide. The famous ones have up to 144 million parameters, and drawing that many random numbers only to count them would take time and gigabytes.
#
# So we build them inside a `StatelessScope` that initialises nothing: the layers know the *shapes* of their weights and have no values. Such a blueprint can be counted and inspected, but not run.
#
# The first is LeNet-5 (LeCun and others, 1998, *Proceedings of the IEEE* 86), which read the digits on bank cheques. Its layers are lesson 04's, with tanh and average pooling. **Predict:** which layer has most of the parameters?


# %%
def blueprint(architecture, *settings, **options):
    with keras.StatelessScope(initialize_variables=False):
        model = architecture(*settings, **options)
    keras.utils.clear_session()  # nothing is left to initialise later
    return model


def lenet5():
    first, second, third = (layers.Conv2D(n, 5, activation="tanh") for n in (6, 16, 120))
    pool, hidden = layers.AveragePooling2D, layers.Dense(84, activation="tanh")
    parts = [first, pool(2), second, pool(2), third, layers.Flatten(), hidden, layers.Dense(10)]
    return keras.Sequential([keras.Input((32, 32, 1)), *parts])


lenet = blueprint(lenet5)
print(lenet.count_params(), "=", " + ".join(str(layer.count_params()) for layer in lenet.layers))

# %% [markdown]
# The third convolution: its 120 filters span all 16 maps, $5 \cdot 5 \cdot 16 \cdot 120 + 120 = 48{,}120$ of the 61,706.
#
# The paper says 60,000, and both are right. Its second convolution connects all but one of its maps to only some of the six below, 60 small kernels and 16 biases; each pooled map has a trained weight and a trained bias; the ten outputs have fixed weights. In order: $156 + 12 + 1{,}516 + 32 + 48{,}120 + 10{,}164 = 60{,}000$.
#
# ## Split AlexNet over two cards
#
# AlexNet (Krizhevsky and others, 2012, *NIPS*) won the ImageNet challenge with five convolutions, ReLU, dropout and two graphics cards. It did not fit on one, so three of its convolutions are **grouped**: each half of the filters sees only the half of the channels that is on its own card.
#
# Two helpers first, which VGG will use as well: a convolution with ReLU that keeps the size, and the three dense layers at the end. (Dropout and AlexNet's "local response normalisation" have no parameters; we leave them out. The paper says 224 pixels, which without padding give $(224 - 11) / 4 + 1 = 54.25$; we take 227, which give the 55 that it goes on with.) **Predict:** by what factor does `groups=2` change the weights of a layer?


# %%
def conv(filters, size, **options):
    return layers.Conv2D(filters, size, padding="same", activation="relu", **options)


def dense_head():
    hidden = [layers.Dense(4096, activation="relu") for _ in range(2)]
    return [layers.Flatten(), *hidden, layers.Dense(1000, activation="softmax")]


# %%
def alexnet(groups):
    pool, first = layers.MaxPooling2D, layers.Conv2D(96, 11, strides=4, activation="relu")
    parts = [first, pool(3, 2), conv(256, 5, groups=groups), pool(3, 2), conv(384, 3)]
    parts += [conv(384, 3, groups=groups), conv(256, 3, groups=groups), pool(3, 2)]
    return keras.Sequential([keras.Input((227, 227, 3)), *parts, *dense_head()])


counts = [blueprint(alexnet, groups).count_params() for groups in (2, 1)]
print("groups=2: {:,} parameters\ngroups=1: {:,} parameters".format(*counts))
with claim_table():
    claim("AlexNet with 2 groups, parameters", counts[0], equals=60_965_224)
    claim("AlexNet with 1 group, parameters", counts[1], equals=62_378_344)
    claim("LeNet-5, parameters", lenet.count_params(), equals=61_706)

# %% [markdown]
# It halves them. As published, AlexNet is the first line ("60 million", says the paper); descriptions that ignore the groups arrive at 62.4 million.
#
# ## Stack small filters: VGG
#
# VGG (2014; Simonyan and Zisserman, 2015, *ICLR*) has one idea: 3 × 3 filters, and more layers. Two of them in a row see 5 × 5 pixels, as one larger filter would; with $C$ channels in and out they cost $2 \cdot 9\,C^2 = 18\,C^2$ weights in place of $25\,C^2$, and bring one ReLU more.
#
# The paper's table has the columns A to E (and A once more with local response normalisation, which adds no parameters). Each block is a list of filter sizes; pooling follows it, and the number of filters doubles from 64 up to 512.

# %%
VGG = {"A": [[3], [3], [3, 3], [3, 3], [3, 3]], "B": [[3, 3]] * 5}
VGG["C"] = [[3, 3]] * 2 + [[3, 3, 1]] * 3
VGG["D"] = [[3, 3]] * 2 + [[3, 3, 3]] * 3
VGG["E"] = [[3, 3]] * 2 + [[3, 3, 3, 3]] * 3


# %%
def vgg(blocks):
    parts = [keras.Input((224, 224, 3))]
    for filters, sizes in zip((64, 128, 256, 512, 512), blocks, strict=True):
        parts += [*[conv(filters, size) for size in sizes], layers.MaxPooling2D()]
    return keras.Sequential([*parts, *dense_head()])


# %% [markdown]
# E has twice as many convolutions as A, 16 against 8. **Predict:** how many times as many parameters?

# %%
counts = {name: blueprint(vgg, blocks).count_params() for name, blocks in VGG.items()}
print("\n".join(f"VGG {name}: {count:,} parameters" for name, count in counts.items()))
print(f"E has {counts['E'] / counts['A']:.2f} times the parameters of A")
in_millions = [round(count / 1e6) for count in counts.values()]
claim("A to E, millions of parameters", in_millions, equals=[133, 133, 134, 138, 144])
vgg16 = blueprint(applications.VGG16, weights=None)
vgg19 = blueprint(applications.VGG19, weights=None)
claim("D, parameters, as in Keras's VGG16", counts["D"], equals=vgg16.count_params())
claim("E, parameters, as in Keras's VGG19", counts["E"], equals=vgg19.count_params())

# %% [markdown]
# Only 1.08 times: the paper rounds to 133, 133, 134, 138 and 144 million. Eight more convolutions hardly show, because most parameters sit in the first dense layer: $7 \cdot 7 \cdot 512 \cdot 4096$, over 100 million. Keep that in mind until we weigh the networks.
#
# ## Reduce before you filter: Inception
#
# GoogLeNet (2014) applies filters of several sizes side by side and stacks their answers: an **Inception module**. Wrong first: 64 filters of 1 × 1, 128 of 3 × 3 and 32 of 5 × 5 straight on all 192 channels, and the pooled channels beside them. That is $192\,(64 + 9 \cdot 128 + 25 \cdot 32) = 387{,}072$ weights, and $64 + 128 + 32 + 192 = 416$ channels come out, which the next module would have to pay for.
#
# The fix is a **1 × 1 convolution**, a small dense layer at each pixel. It squeezes the channels *before* the costly filters (192 to 96 and to 16) and *after* the pooling (192 to 32). **Predict:** what is left of the 387,072?


# %%
def inception_3a():
    x = keras.Input((28, 28, 192))
    pooled = conv(32, 1)(layers.MaxPooling2D(3, strides=1, padding="same")(x))
    threes, fives = conv(128, 3)(conv(96, 1)(x)), conv(32, 5)(conv(16, 1)(x))
    return keras.Model(x, layers.Concatenate()([conv(64, 1)(x), threes, fives, pooled]))


# %%
module = blueprint(inception_3a)
weights = sum(np.prod(w.shape) for w in module.weights if w.name == "kernel")
print("output", module.output.shape, f"{module.count_params():,} parameters, {weights:,} weights")
print(f"that is {weights / 387_072:.2f} of the 387,072")
claim("weights, in units of 1024", weights / 1024, equals=159.5)
claim("multiplications, in millions", weights * 28 * 28 / 1e6, equals=128, within=0.5)

# %% [markdown]
# Less than half, with the same three sizes and 256 channels. The paper lists this module, "3a", with 159 K parameters and 128 M operations. Without biases and with 1024 for K ours has 159.5; the paper does not say how it counts, and some other rows fit less well. The operations fit: each weight is used once at each of the 28 × 28 places.
#
# ## Add the input back: ResNet-50
#
# A **residual block** adds its input to what its layers compute: $y = \mathrm{ReLU}(x + F(x))$. The way of $x$ around the layers is a **skip connection**. ResNet-50 (2015) builds $F$ as a **bottleneck**: 1 × 1 narrows, 3 × 3 filters, 1 × 1 widens four times, each followed by batch normalisation. Where the shape changes, a 1 × 1 convolution fits the shortcut to it, a **projection**.
#
# Four stages of 3, 4, 6 and 3 such blocks, one large filter before and one dense layer after them: $1 + 3 \cdot 16 + 1 = 50$ layers, projections not counted. (Its zero padding is written out, since at stride 2 `padding="same"` pads one side more than the other.) We compare with Keras's own, layer by layer.


# %%
def normalised(x, filters, size, stride=1, padding="same"):
    x = layers.Conv2D(filters, size, stride, padding)(x)
    return layers.BatchNormalization(epsilon=1.001e-5)(x)


def bottleneck(x, filters, stride, project):
    shortcut = normalised(x, 4 * filters, 1, stride) if project else x
    x = layers.ReLU()(normalised(x, filters, 1, stride))
    x = layers.ReLU()(normalised(x, filters, 3))
    return layers.ReLU()(shortcut + normalised(x, 4 * filters, 1))


def resnet50():
    inputs = keras.Input((224, 224, 3))
    x = normalised(layers.ZeroPadding2D(3)(inputs), 64, 7, stride=2, padding="valid")
    x = layers.MaxPooling2D(3, 2)(layers.ZeroPadding2D(1)(layers.ReLU()(x)))
    for filters, repeats in [(64, 3), (128, 4), (256, 6), (512, 3)]:
        for number in range(repeats):
            x = bottleneck(x, filters, 2 if number == 0 and filters > 64 else 1, number == 0)
    return keras.Model(inputs, layers.Dense(1000, "softmax")(layers.GlobalAveragePooling2D()(x)))


ours, theirs = blueprint(resnet50), blueprint(applications.ResNet50, weights=None)
print(f"{ours.count_params():,} parameters")
claim("ResNet-50, parameters", ours.count_params(), equals=25_636_712)
both = [[layer.count_params() for layer in model.layers] for model in (ours, theirs)]
ours_by_layer, theirs_by_layer = ([count for count in counts if count] for counts in both)
claim("parameters layer by layer, as Keras's", ours_by_layer, equals=theirs_by_layer)

# %% [markdown]
# Counts can agree by luck. So build both for once *with* values, give ours the weights of the other, and show both the same noise.

# %%
models = resnet50(), applications.ResNet50(weights=None)
models[0].set_weights(models[1].get_weights())
a, b = (np.array(model(keras.random.normal((1, 224, 224, 3), seed=0))) for model in models)
claim("answers, ours ÷ Keras's", a / b, equals=1, within=1e-4)
claim("largest ÷ smallest answer", a.max() / a.min(), at_least=1.5)

# %% [markdown]
# The same plan, the same network. You will meet other numbers for it: 53,120 of the parameters are the moving means and variances of batch normalisation, so 25,583,592 are trainable; PyTorch's version, whose convolutions have no biases, counts 25,557,032.
#
# ## Weigh them
#
# How much does a network *compute*? Each weight of a convolution is multiplied once for each place of its output, each weight of a dense layer just once. **Predict:** which layers have most of the weights, and which do most of the work?


# %%
def weigh(plan, kind):
    picked = [layer for layer in blueprint(*plan).layers if isinstance(layer, kind)]
    weights = [np.prod(layer.kernel.shape) for layer in picked]
    places = [np.prod(layer.output.shape[1:-1]) for layer in picked]
    return np.sum(weights) / 1e6, np.dot(weights, places) / 1e9


# %% name="parameters-and-work" alt="Two panels of horizontal bars for AlexNet, VGG D and ResNet-50, split into convolutions and dense layers. Left, weights: AlexNet and VGG D consist almost entirely of dense layers, VGG D with 138 million in all; ResNet-50 is small and nearly all convolution. Right, billions of multiplications: VGG D with over 15 towers above ResNet-50 with 4 and AlexNet with less than 1, and nearly all of it is convolution."
plans = {"ResNet-50": (resnet50,), "VGG D": (vgg, VGG["D"]), "AlexNet": (alexnet, 2)}
sizes = np.array([[weigh(p, k) for p in plans.values()] for k in (layers.Conv2D, layers.Dense)])
figure, panels = plt.subplots(1, 2, figsize=(10, 3), sharey=True)
for panel, (convs, denses) in zip(panels, np.moveaxis(sizes, -1, 0), strict=True):
    panel.barh(list(plans), convs, color=plots.NEGATIVE, label="convolutions")
    panel.barh(list(plans), denses, left=convs, color=plots.POSITIVE, label="dense")
panels[0].set(xlabel="weights (millions)")
panels[1].set(xlabel="multiplications for one picture (billions)")
panels[1].legend(loc="lower right")
plt.show()
dense_share = 100 * sizes[1] / sizes.sum(axis=0)
for name, (of_weights, of_work) in zip(plans, dense_share, strict=True):
    print(
        f"{name}: dense layers hold {of_weights:.1f} % of the weights, do {of_work:.1f} % of the work"
    )
_, (vgg_weights, vgg_work), (alexnet_weights, alexnet_work) = dense_share
with claim_table():
    claim("VGG D, dense share of the weights, %", vgg_weights, equals=89.4, within=0.1)
    claim("VGG D, dense share of the work, %", vgg_work, equals=0.8, within=0.1)
    claim("AlexNet, dense share of the weights, %", alexnet_weights, equals=96.2, within=0.1)
    claim("AlexNet, dense share of the work, %", alexnet_work, equals=8.1, within=0.1)

# %% [markdown]
# Orange fills the left and all but vanishes on the right: in VGG D the dense layers hold 89 % of the weights and do less than 1 % of the work (AlexNet: 96 % and 8 %). ResNet-50 pools each map to one number, as lesson 04's small network did, and needs one slim dense layer: fifty layers with fewer weights than AlexNet's eight. Time goes *roughly* with the right panel, memory for the weights with the left. A GPU does the multiplications of one layer side by side, so it shrinks the right panel's time; layers still wait for one another, and no count changes.
#
# ## Stack until it hurts
#
# More layers should never fit *worse*: a deep network could copy a shallow one and let its other layers pass the signal on unchanged. So the theory.
#
# We train plain networks of 6 and of 34 layers on 500 tiny digits, with lesson 02's He initialisation and lesson 03's batch normalisation in place. A third has the same 34 layers and one addition: `h + x`. Two convolutions a block, one before, one dense layer after make $2n + 2$ layers. Each network gets three random starts. We watch the *training* loss, since the claim is about fitting. **Predict** the order of the three.


# %%
def deep_network(num_blocks, skip):
    def conv(x, stride=1):
        options = {"padding": "same", "kernel_initializer": "he_normal", "use_bias": False}
        return layers.BatchNormalization(momentum=0.9)(layers.Conv2D(16, 3, stride, **options)(x))

    inputs = keras.Input((8, 8, 1))
    x = layers.ReLU()(conv(inputs, stride=2))
    for _ in range(num_blocks):
        h = conv(layers.ReLU()(conv(x)))
        x = layers.ReLU()(h + x if skip else h)
    return keras.Model(inputs, layers.Dense(10)(layers.GlobalAveragePooling2D()(x)))


digits, histories = load_digits_8x8(), {}
x, y = digits.x_train[:500, ..., np.newaxis] / np.float32(16), digits.y_train[:500]
loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
plans = {"6 layers": (2, False), "34 layers": (16, False), "34 layers, residual": (16, True)}
for name, plan in plans.items():
    model, histories[name] = deep_network(*plan), []
    model.compile(optimizers.SGD(0.2), loss)
    for seed in range(3):
        keras.utils.set_random_seed(seed)
        model.set_weights(deep_network(*plan).get_weights())  # a fresh start, compiled once
        histories[name].append(model.fit(x, y, batch_size=50, epochs=6, verbose=0).history["loss"])

# %% name="plain-and-residual" alt="Training loss against epoch, 1 to 6, for three networks, each with a band over three seeds. The plain network of 34 layers falls slowly and ends well above 1; the plain one of 6 layers ends far below it; the residual one of 34 layers starts highest, falls fastest and ends near zero."
axes = plots.curves(
    None, {k: np.mean(v, axis=0) for k, v in histories.items()}, "epoch", "training loss"
)
for line, runs in zip(axes.lines, histories.values(), strict=True):
    band = np.min(runs, axis=0), np.max(runs, axis=0)
    axes.fill_between(range(1, 7), *band, color=line.get_color(), alpha=0.2)
axes.set(ylim=(0, None))
plt.show()
for name, runs in histories.items():
    last = np.array(runs)[:, -1]
    print(f"{name:20} final loss, three starts: {last[0]:.3f} {last[1]:.3f} {last[2]:.3f}")
shallow, plain, residual = (np.array(runs)[:, -1] for runs in histories.values())
with claim_table():
    claim("34 plain layers − 6, every start", plain - shallow, at_least=0.5)
    claim("34 residual layers, every start", residual, at_most=0.2)
    claim("6 layers − 34 residual, every start", shallow - residual, at_least=0.2)

# %% [markdown]
# The plain network of 34 layers fits *worse* than the one of 6. This is the training loss, so it is not overfitting; good weights exist, but descent does not find them in time. One addition sign, not one parameter more, and the same 34 layers end as the best of the three, after the worst first epoch. (One learning rate, 0.2, and 60 steps for all; other settings change the numbers.)
#
# ## Follow the gradient
#
# The derivative of $x + F(x)$ is $1 + F'(x)$, and the ReLU after it passes that on or, where it is off, nothing. Through $n$ plain layers the gradient is a *product* of $n$ factors, which grows or shrinks with depth unless each is just right; the 1 gives it a way round every block. We measure the gradient for each convolution before training, on 50 digits. **Predict** how it changes from the output, at the right, to the input.


# %% name="gradients-by-layer" alt="Length of the gradient against convolution, from 1 next to the input to 33 next to the output, on a logarithmic axis, means over three seeds. For the plain network of 34 layers the gradient grows steadily from the output up to the second convolution, by far more than a factor of ten; at the first it drops. For the residual network it grows far less. The network of 6 layers has the shortest gradients."
def gradient_lengths(model):
    with tf.GradientTape() as tape:
        value = loss(y[:50], model(x[:50], training=True))
    kernels = [weight for weight in model.trainable_weights if weight.name == "kernel"]
    return [np.linalg.norm(gradient) for gradient in tape.gradient(value, kernels[:-1])]


lengths = {}
for name, plan in plans.items():
    lengths[name] = np.mean([gradient_lengths(deep_network(*plan)) for _ in range(3)], axis=0)
plots.curves(None, lengths, "convolution, from the input", "gradient length").set(yscale="log")
plt.show()
spread = {}
for name, values in lengths.items():
    spread[name] = max(values) / min(values)
    print(f"{name}: largest gradient {spread[name]:.1f} times the smallest")
times = spread["34 layers"] / spread["34 layers, residual"]
claim("spread of the 34 plain layers ÷ of the residual ones", times, at_least=5)

# %% [markdown]
# Batch normalisation keeps the signal's size on the way forward (the scale of He's weights cancels in it). On the way back the plain gradient does not vanish: it *grows*, so one learning rate has to serve layers whose gradients differ many times over. That may be one reason; the paper found its plain networks' gradients healthy and left the cause open. (The first convolution drops out of line: it has one input channel, a sixteenth of the weights.)
#
# With skip connections the layers hear much more alike. Networks of 50 to 152 layers became trainable that way, and almost every deep network since has such connections, also those for text in lesson 08.
#
# ## Open a trained network
#
# From plans to a network with experience. EfficientNet-Lite0 (after Tan and Le, 2019) has residual blocks too, with 3 × 3 and 5 × 5 filters that each look at one channel only. It returns **logits**, scores before the softmax, for the 1,000 classes of ImageNet.
#
# **Predict:** how sure will it be of the astronaut, the coins or the tissue, for which it has no class at all?

# %% name="ten-photos" alt="The ten photos, each with the most probable class above it: the cat is called Egyptian cat, the cup espresso, the man with a camera tripod, the pagoda palace; the astronaut, the coins, the retina and the tissue get names that do not fit, with low probability."
network = efficientnet_lite0(classifier_activation=None)
photos, classes = load_photos(), load_imagenet_classes()
print(f"{network.count_params():,} parameters, input {network.input.shape}")


def probabilities(pictures):
    logits = network.predict(preprocess(pictures), batch_size=16, verbose=0)
    return ops.convert_to_numpy(ops.softmax(logits))


known = probabilities(photos.x)
answers = [f"{name}\n{p:.0%}" for ((name, p),) in decode_predictions(known, top=1)]
plots.image_grid(photos.x, answers)
plt.show()
unknown = [photos.names.index(name) for name in ("astronaut", "coins", "retina", "tissue")]
claim("photos without a class, largest probability", known[unknown].max(axis=1), at_most=0.5)

# %% [markdown]
# It always answers: where no class fits, it names what looks alike. On these photos it is then unsure; do not rely on that, a flamingo of noise is coming. The cat deserves a second look. **Predict** what comes after "Egyptian cat".

# %% name="cat-answers"
CAT, ESPRESSO, _, CAMERAMAN, *_ = range(10)
CATS = [classes.index(name) for name in ("tabby", "tiger cat", "Egyptian cat")]
print(", ".join(f"{name} {p:.3f}" for name, p in decode_predictions(known[[CAT]], top=4)[0]))
claim("Egyptian cat alone", known[CAT].max(), at_most=0.5)
claim("tabby, tiger cat and Egyptian cat together", known[CAT, CATS].sum(), at_least=0.8)

# %% [markdown]
# The network is sure of a house cat and torn between three kinds of it. For this photo we shall have to say *which* probability we explain.
#
# ## See the first filters
#
# The first layer's filters have three channels, red, green and blue, so they can be drawn as pictures, grey where a weight is zero. **Predict:** what does a network look for first?

# %% name="first-filters" alt="Twenty-eight filters of 3 × 3 pixels, drawn in colour. Some change from dark to bright or from green to violet across, along or aslant; others are blobs of one colour."
kernel = network.get_layer("stem_conv").kernel.numpy()
kernel = kernel[..., np.abs(kernel).max(axis=(0, 1, 2)) > 0.001]  # leaves out what is all zero
plots.image_grid([0.5 + f / np.abs(f).max() / 2 for f in np.moveaxis(kernel, -1, 0)], columns=14)
plt.show()
claim("filters that are not all zero", kernel.shape[-1], equals=28)

# %% [markdown]
# Edges in several directions, and blobs and contrasts of colour. (Only 28 of the 32 are drawn; the other four ended their training at zero.) Nobody asked for edges. Nearly every network that is trained on photos finds them, and so did evolution, as the end of this lesson tells.
#
# ## See the feature maps
#
# What do the filters *answer* to the cat? We look at four depths and draw the five channels that vary most; bright is a strong answer. **Predict** what is still to be recognised at the end.

# %% name="feature-maps" alt="Feature maps of the cat at four depths, five channels each. First 112 × 112 pixels: the cat is plain to see, as if drawn in relief. Then 56 × 56: outlines, fur and eyes. Then 14 × 14: a few blobs, in one map just the two eyes and the nose. Last 7 × 7: large bright patches without recognisable form."
depths = ["stem_activation", "block2b_expand_activation", "block5b_expand_activation"]
outputs = [network.get_layer(name).output for name in [*depths, "top_activation"]]
pictures, titles = [], []
for maps in keras.Model(network.input, outputs).predict(preprocess(photos.x[:1]), verbose=0):
    varied = np.argsort(-maps[0].std(axis=(0, 1)))[:5]
    pictures += [maps[0, ..., channel] / maps[0, ..., channel].max() for channel in varied]
    titles += [f"{maps.shape[1]} × {maps.shape[2]}", "", "", "", ""]
plots.image_grid(pictures, titles)
plt.show()

# %% [markdown]
# At first everything is still there, drawn in edges and fur. At 14 × 14 one of the maps lights up, in this photo, at the eyes and the nose. After the last layer a channel says only *that* something was seen, and roughly where.
#
# ## Let a class draw its picture
#
# Training changes the weights and leaves the picture as it is. Now the other way round: hold the weights, and move the *picture* uphill along the gradient of one logit. This is **activation maximisation** (Erhan and others, 2009; for ImageNet's classes Simonyan and others, 2014); lesson 09 uses the same gradient to fool the network. `uphill` is that gradient.
#
# How good is what comes out? We ask for the class's logit on the picture as it is, and on 16 copies, each rolled by up to 16 pixels (what leaves on one side comes back on the other). `shift_test` prints both, with the probabilities, and returns the two logits. A photo bears such shifts.


# %% name="photo-shifted"
@tf.function
def uphill(picture, number):
    with tf.GradientTape() as tape:
        tape.watch(picture)
        logit = network(preprocess(picture[tf.newaxis]))[0, number]
    return tape.gradient(logit, picture)


def shift_test(title, picture, name):
    shifts = np.random.default_rng(1).integers(-16, 17, size=(16, 2))
    copies = [np.roll(picture, shift, axis=(0, 1)) for shift in [(0, 0), *shifts]]
    scores = network.predict(preprocess(np.stack(copies)), verbose=0)
    number = classes.index(name)
    logits = scores[:, number]
    sure = ops.convert_to_numpy(ops.softmax(scores))[:, number]
    print(f"{title}: logit {logits[0]:.1f}, shifted {logits[1:].mean():.1f};", end=" ")
    print(f"probability {sure[0]:.2f}, shifted {sure[1:].mean():.2f}")
    return logits[0], logits[1:].mean()


logit, shifted = shift_test("espresso, the photo", photos.x[ESPRESSO], "espresso")
claim("the photo, share of the logit left when shifted", shifted / logit, at_least=0.8)


# %% [markdown]
# The ascent starts at grey noise, and each of its 64 steps moves a pixel by 4 of 255 on average. Leave `jitter` and `blur` for later: at zero they do nothing. Wrong first, with the gradient and nothing else. **Predict:** how much of its logit is left after a shift?


# %%
def maximise(name, jitter=0, blur=0, seed=0):
    random, number = np.random.default_rng(seed), tf.constant(classes.index(name))
    picture = random.normal(127, 10, (224, 224, 3)).astype("float32")
    for sigma in np.linspace(blur, blur / 3, 64):
        shift = random.integers(-jitter, jitter + 1, size=2)
        gradient = uphill(np.roll(picture, shift, axis=(0, 1)), number)
        gradient = np.roll(gradient, -shift, axis=(0, 1))
        gradient = ndimage.gaussian_filter(gradient, (sigma, sigma, 0), mode="wrap")
        picture = np.clip(picture + 4 * gradient / np.abs(gradient).mean(), 0, 255)
    return picture


# %% name="wrong-flamingo"
wrong = maximise("flamingo")
wrong_logit, wrong_shifted = shift_test("flamingo, wrong", wrong, "flamingo")
share = wrong_shifted / wrong_logit
claim("wrong flamingo, share of the logit left when shifted", share, at_most=0.5)

# %% [markdown]
# A logit far above the photo's, and most of it is gone a few pixels on: the picture fits the pixel grid of this network and not the idea of a flamingo. Whether the rest is enough for a high probability on shifted copies is luck: a rounding error in the first step ends in another picture, so another processor or another start may print anything between a tenth and nearly one.
#
# Two changes make it robust. **Jitter**: shift the picture at random before each step, so that only what survives shifts adds up. And blur the gradient, at first more and later less, so that shapes come before grain.

# %% name="activation-maximisation" alt="Four pictures that ascent has drawn. The first, without jitter, is fine coloured noise. The next three are coarser: for the flamingo bent strokes of red, pink and white, for the goldfish patches of red, orange and yellow, for the jellyfish round bells with frayed rims, each time scattered over a mottled ground."
drawn, shares = {"flamingo, wrong": wrong}, []
for name in ("flamingo", "goldfish", "jellyfish"):
    drawn[name] = maximise(name, jitter=32, blur=3)
    logit, shifted = shift_test(name, drawn[name], name)
    shares.append(shifted / logit)
    if name == "flamingo":
        ahead = shifted - wrong_shifted
plots.image_grid([picture / 255 for picture in drawn.values()], list(drawn), columns=4)
plt.show()
claim("robust pictures, share of the logit left when shifted", shares, at_least=0.7)
claim("flamingo when shifted, logit, robust − wrong", ahead, at_least=4)

# %% [markdown]
# The robust pictures keep most of their logit, and on shifted copies the second flamingo is far ahead of the first. Now there are things larger than grain: bent red strokes like necks, patches in the orange of goldfish, bells with frayed rims, several of each and nowhere attached. The network collects parts and colours, and hardly minds where they are. Nobody would take these for photos, or see a goldfish in the third without its title. What a class asks for is far less than what we mean by it, and lesson 09 lives off the difference.
#
# ## Hide parts: occlusion
#
# Which part of a real photo does an answer rest on? The most direct way is to try (Zeiler and Fergus, 2014): cover a square in grey, ask again, note by how much the probability falls, and go on to the next place. Ours are 64 pixels wide (48 at the border), at 7 × 7 places; in the maps black is no drop, bright yellow 0.3 or more. For the cat we explain the three house cats together. **Predict** for each photo where it hurts most.


# %% name="occlusion" alt="Three photos, and below each the same photo under a heat map of 7 × 7 places, on one scale. For the espresso the brightest place is on the far rim of the cup, for the cameraman on the tripod. For the cat the map is dark all over."
def occlude(picture):
    copies = np.stack([picture] * 49)
    for copy, place in zip(copies, np.ndindex(7, 7), strict=True):
        rows, columns = (slice(max(0, 32 * k - 16), 32 * k + 48) for k in place)
        copy[rows, columns] = 127
    return copies


def drop(photo, numbers):
    hidden = probabilities(occlude(photos.x[photo]))[:, numbers].sum(axis=1)
    return known[photo, numbers].sum() - hidden.reshape(7, 7)


def show_heat(pictures, titles, heats, columns=3, highest=None):
    style = {"cmap": "inferno", "alpha": 0.65, "interpolation": "bilinear"}
    for ax, heat in zip(plots.image_grid(pictures, titles, columns), heats, strict=True):
        if heat is not None:
            limits = {"vmin": 0, "vmax": highest or heat.max(), "extent": (0, 224, 224, 0)}
            ax.imshow(heat, **style, **limits)
    plt.show()


espresso, tripod = (drop(photo, [known[photo].argmax()]) for photo in (ESPRESSO, CAMERAMAN))
cats, twice = drop(CAT, CATS), photos.x[[ESPRESSO, CAMERAMAN, CAT] * 2]
titles, heats = ["espresso", "tripod", "cats", "", "", ""], [None] * 3 + [espresso, tripod, cats]
show_heat(twice, titles, heats, highest=0.3)
uncovered = [known[ESPRESSO].max(), known[CAMERAMAN].max(), known[CAT, CATS].sum()]
print("uncovered: espresso {:.2f}, tripod {:.2f}, three cats {:.2f}".format(*uncovered))
with claim_table():
    claim("espresso, largest drop", espresso.max(), at_least=0.2)
    claim("tripod, largest drop", tripod.max(), at_least=0.2)
    claim("three cats, largest drop", cats.max(), at_most=0.15)
row, column = np.unravel_index(tripod.argmax(), (7, 7))
claim("tripod, row of the largest drop, from 0", row, equals=5)
claim("tripod, column of the largest drop, from 0", column, equals=4)

# %% [markdown]
# Espresso suffers most when the far rim of the cup is covered, the tripod when its legs are. The cat is not to be hidden: whichever square we cover, enough cat is left. So a dark map does not mean that the network looked nowhere.
#
# And had we explained "Egyptian cat" alone? **Predict** how the map would look.

# %%
egyptian = drop(CAT, CATS[2:])
others = drop(CAT, CATS[:2])
with claim_table():
    claim("Egyptian cat alone, largest rise", -egyptian.min(), at_least=0.08)
    claim("share of places where covering helps it", np.mean(egyptian < 0), at_least=0.25)
    claim("there tabby and tiger cat fall by", others.flat[egyptian.argmin()], at_least=0.05)

# %% [markdown]
# Covering parts of the cat makes it *more* Egyptian: what is hidden spoke for the tabby or the tiger cat, and shares move between the three. Such a map explains their quarrel, not the cat. Choose the question before you read the answer.
#
# ## Follow the score back: Grad-CAM
#
# Occlusion costs a run of the network for each place. **Grad-CAM** (Selvaraju and others, 2017, *ICCV*) asks the gradient, once. Take the last feature maps $A_k$, 7 × 7 places each, and the logit $s$ of the class; the weight of a map is its mean gradient, and the weighted sum is rectified, to keep what speaks *for* the class:
#
# $$\alpha_k = \frac{1}{49} \sum_{i,j} \frac{\partial s}{\partial A_{k,ij}}, \qquad \text{Grad-CAM} = \mathrm{ReLU}\Big(\sum_k \alpha_k A_k\Big)$$
#
# We cut the network in two at these maps, which come after its last activation. `signed_map` is the formula without its own ReLU, the outer one, since we shall need the signs; `tf.gather` takes from each photo's scores the one of its own class.


# %%
features = network.get_layer("top_activation").output
body, head = keras.Model(network.input, features), keras.Model(features, network.output)


def signed_map(pictures, numbers, body=body, head=head):
    maps = tf.constant(body.predict(preprocess(pictures), verbose=0))
    with tf.GradientTape() as tape:
        tape.watch(maps)
        scores = tf.gather(head(maps), numbers, axis=1, batch_dims=1)
    weights = tf.reduce_mean(tape.gradient(scores, maps), axis=(1, 2), keepdims=True)
    return tf.reduce_sum(weights * maps, axis=-1).numpy()


def grad_cam(pictures, numbers):
    return np.maximum(signed_map(pictures, numbers), 0)


# %% [markdown]
# After these maps come only average pooling and one dense layer, so $s = b + \sum_k w_k \frac{1}{49} \sum_{i,j} A_{k,ij}$. **Predict:** what is $\alpha_k$ then, and what do the 49 values of `signed_map` add up to?

# %%
numbers = known.argmax(axis=1)
logits = network.predict(preprocess(photos.x), verbose=0)[np.arange(10), numbers]
without_bias = logits - network.get_layer("predictions").bias.numpy()[numbers]
total = signed_map(photos.x, numbers).sum(axis=(1, 2))
print(f"cat: sum of the map {total[CAT]:.3f}, logit without bias {without_bias[CAT]:.3f}")
claim("sum − (logit − bias), ten photos", total - without_bias, equals=0, within=1e-3)

# %% [markdown]
# $\alpha_k = w_k / 49$, and the map adds up to the logit without its bias: place by place it shows how the score is made up. With such a linear head on pooled features Grad-CAM is the older **class activation map**, rectified; lesson 06 meets it again. With other heads, or at an earlier layer, the map no longer adds up to the logit; it is a first-order approximation. In the figure each map has its own scale: brightest is its own maximum.

# %% name="grad-cam" alt="Three photos, and below each the same photo under its Grad-CAM map. The espresso's heat lies on the cup, the tripod's on the tripod and the lawn around it, the cat's over most of its face."
chosen = [ESPRESSO, CAMERAMAN, CAT]
cams, names = grad_cam(photos.x[chosen], numbers[chosen]), [classes[n] for n in numbers[chosen]]
show_heat(twice, [*names, "", "", ""], [None] * 3 + list(cams))

# %% [markdown]
# The cup, the tripod with the lawn behind it, and most of the cat's face. Mind the question: this is the *logit* of "Egyptian cat" alone, which evidence for any house cat may raise; occlusion asked for the *probability* of all three. Still, heat spread so widely fits what we saw: no one square hides it.
#
# ## Do not believe the map
#
# A heat map on a photo always looks plausible. Two tests. First, where we know the answer: put the middle halves of two photos side by side, and ask for the left one's class, then for the right one's. **Predict:** what share of the heat lies on the left, each time?

# %% name="two-halves"
four = np.array([CAT, ESPRESSO, CAMERAMAN, photos.names.index("temple")])
pairs, halves = [(a, b) for a in four for b in four if a != b], photos.x[:, :, 56:168]
both = np.stack([np.concatenate([halves[a], halves[b]], axis=1) for a, b in pairs])
on_left = []
for side in np.transpose(pairs):
    heat = grad_cam(both, numbers[side])[..., [0, 1, 2, 4, 5, 6]]  # column 3 straddles the seam
    on_left.append(heat[..., :3].sum(axis=(1, 2)) / heat.sum(axis=(1, 2)))
left, right = np.mean(on_left, axis=1)
print(f"share of heat on the left, mean of 12: {left:.2f} asked for left, {right:.2f} for right")
claim("asked for the left, each of 12 pairs", on_left[0], at_least=0.6)
claim("asked for the right, each of 12 pairs", on_left[1], at_most=0.4)

# %% [markdown]
# The map follows the question from one half to the other. That was not certain. By lesson 04's rule each of the 49 places has a receptive field of 851 pixels, wider than the photo: a bright place may owe its value to pixels elsewhere. This test shows that mostly it does not.
#
# Second, a **sanity check** (Adebayo and others, 2018): a map that explains what the network *learned* must change when we throw that away. As a yardstick we mirror the photo and mirror the map back, which should change little. Likeness is the rank correlation of the 49 values: 1 is the same order, −1 the reverse, 0 none. We compare the signed maps, since after the ReLU many places tie at 0.


# %% name="mirrored"
def likeness(maps):
    return [stats.spearmanr(*pair, axis=None).statistic for pair in zip(maps, trained, strict=True)]


trained = signed_map(photos.x[four], numbers[four])
mirrored = signed_map(photos.x[four][:, :, ::-1], numbers[four])[:, :, ::-1]
claim("mirrored photo, rank correlation, each", likeness(mirrored), at_least=0.8)

# %% [markdown]
# Now random weights in place of the trained ones, from the top down: of the classifier (the last 2 arrays), of the last block and what follows (22 arrays), of everything; each with three seeds. **Predict** the rank correlations. Drawn: the third seed, each map on its own scale.

# %% name="random-likeness"
stand_in, maps, alike = keras.models.clone_model(network), {}, []
cut = stand_in.get_layer("top_activation").output
parts = keras.Model(stand_in.input, cut), keras.Model(cut, stand_in.output)
for seed in range(3):
    keras.utils.set_random_seed(seed)
    fresh = keras.models.clone_model(network).get_weights()
    for name, first in {"random classifier": -2, "random last block": -22, "all random": 0}.items():
        stand_in.set_weights(network.get_weights()[:first] + fresh[first:])
        maps[name] = signed_map(photos.x[four], numbers[four], *parts)
        alike.append(likeness(maps[name]))
sizes = np.abs(np.reshape(alike, (3, 3, 4))).mean(axis=(0, 2))
with claim_table():
    for name, size in zip(maps, sizes, strict=True):
        claim(f"{name}, size of the rank correlation, mean of 12", size, at_most=0.6)
claim("36 random maps, share alike by 0.8 or more", np.mean(np.array(alike) >= 0.8), at_most=0.1)

# %% name="random-weights" alt="Two rows of five pictures, for the cat and the espresso: the photo, then the photo under the map of the trained network, of one with a random classifier, of one with a random last block and of one with random weights everywhere. The trained network's maps lie on the face and on the cup; the random ones mostly lie elsewhere: a ring around the cup, corners, one eye and the nose of the cat; the map from all-random weights covers much of the cat's face."
rows = [[trained[row], *[random[row] for random in maps.values()]] for row in (0, 1)]
heats = [heat for row in rows for heat in (None, *np.maximum(row, 0))]
show_heat(np.repeat(photos.x[:2], 5, axis=0), ["photo", "trained", *maps, *[""] * 5], heats, 5)

# %% [markdown]
# Mirrored, the map stays; of 36 maps from random weights hardly one comes as close. Yet look at the top right: a network that has learned nothing lights up the cat's face. One convincing map proves nothing.
#
# Grad-CAM passes. Not every method does: Adebayo and others found some, guided backpropagation among them, whose maps hardly change, because they trace the *edges of the photo* whatever the network knows. Passing is necessary and not sufficient.
#
# ## Look at the network in your head
#
# Hubel and Wiesel (1962) found cells in the visual cortex of cats that answer to edges of one direction, and others that do so wherever the edge lies within a small field; Fukushima built convolution and pooling after them in 1980. It also works backwards: Güçlü and van Gerven (2015) predicted, with a linear regression fitted for each small volume of brain, from a network's feature maps the activity that fMRI measures in people who look at photos. Early layers fit early visual areas best, deep layers later ones; the network itself had been trained on photos only.
#
# That is a likeness, not an identity: the fit is partial, brains have feedback and few labels, and people hardly notice the tricks of lesson 09.
#
# ## Recap
#
# - LeNet-5 has 61,706 parameters, AlexNet 61 or 62.4 million, VGG 133 to 144 million, ResNet-50 25,636,712; where counts differ, either the networks do (groups, sparse connections, trained pooling, biases) or the counting (statistics of batch normalisation).
# - Convolutions do the work; in older networks dense layers hold the weights. 1 × 1 convolutions and global pooling make networks slim.
# - Plain networks fit worse when they are very deep. Backwards, the gradient is multiplied layer by layer; a skip connection adds 1 to the factor of each *block*.
# - First filters are edges and colours, maps grow small and specific, and a class can draw what it likes best if it is made to bear shifts.
# - Occlusion shows what the answer *loses* when a part is hidden, Grad-CAM which places of the last maps *raise* the score; name the class, and test the map on known answers and random weights.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/05_architectures.ipynb](exercises/05_architectures.ipynb).
#
# ## Further reading
#
# - He, Zhang, Ren and Sun (2016), "Deep residual learning for image recognition", *CVPR*: the degradation that we saw, at full size, and its cure.
# - Szegedy and others (2015), "Going deeper with convolutions", *CVPR*: the Inception module, with the table whose row 3a we rebuilt.
# - Zeiler and Fergus (2014), "Visualizing and understanding convolutional networks", *ECCV*: occlusion, and what each layer of AlexNet's kind answers to.
# - Adebayo and others (2018), "Sanity checks for saliency maps", *NeurIPS*: which maps survive random weights, and why that is bad.
# - Güçlü and van Gerven (2015), "Deep neural networks reveal a gradient in the complexity of neural representations across the ventral stream", *Journal of Neuroscience* 35: networks and fMRI.
