# %% [markdown]
# # 04 Convolutional networks
#
# **How does a network see?**
#
# After this lesson you can
#
# - convolve by hand, in NumPy and in Keras, and say why Keras does not flip the kernel;
# - predict shapes, parameter counts and receptive fields of any stack of convolutions and pooling layers;
# - build and train a small CNN that beats a dense network four times its size;
# - test what a network does when the picture moves, and mend it with augmentation and averaging;
# - read a confusion matrix and the most confident mistakes.
#
# **Data:** Fashion-MNIST, 5,000 handwritten digits, and real photographs.
#
# **You will see:** a picture that is scrambled without the dense network noticing, and a network that is right until the shoe moves.
#
# **You need:** lessons 02 and 03: dense layers, softmax cross-entropy, batch normalisation.
#
# **Minutes:** 45 to read, 75 to do, 1 to run.

# %%
import itertools

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops
from scipy import ndimage, signal
from sklearn import metrics
from sklearn.model_selection import train_test_split

from course_utils import plots
from course_utils.checks import claim, claim_table
from course_utils.data import load_digits, load_fashion_mnist, load_photos

keras.utils.set_random_seed(0)
tf.get_logger().setLevel("ERROR")  # many small models: no warnings that each is compiled
plots.use_style()

# %% [markdown]
# ## Look at a picture as an array
#
# A photograph is an array of height × width × **channels**: one table of numbers for red, one for green, one for blue. **Predict:** which of the three is brightest where the flower is?

# %% name="channels" alt="Four square pictures: a flower in colour, then its red, green and blue channels in grey. The petals are brightest in the red channel and darkest in the blue one."
photos = load_photos()
flower = photos.x[photos.names.index("flower")]
print(f"photo {flower.shape}: n = {flower.size} numbers, 100 n + 100 = {flower.size * 100 + 100}")
plots.image_grid([flower, *np.moveaxis(flower, -1, 0)], ["photo", "red", "green", "blue"], 4)
plt.show()

# %% [markdown]
# Red: orange is much red, some green and little blue. Now give this photo to a dense layer of 100 units. Each unit has a weight for every number and a bias, so this first layer alone has $150{,}528 \cdot 100 + 100 = 15{,}052{,}900$ parameters. And it is worse than dear: it is blind, as we show next.
#
# ## Scramble the pictures, and see who notices
#
# A dense layer wants a flat row, and flattening forgets which pixels were neighbours. To see how much is lost, we shuffle the 784 pixels of each Fashion-MNIST picture, *in the same way in all of them*.
#
# First the data. As in lesson 02, 1,200 pictures are for validation, here drawn at random. The last axis is the channel: there is one.

# %% name="scrambled" alt="Two rows of five pictures. Above, a T-shirt, a trouser, a pullover, a dress and a coat. Below, the same five with their pixels shuffled: grey speckle in which no shape is left."
data = load_fashion_mnist()
x, x_test = (x[..., np.newaxis] / np.float32(255) for x in (data.x_train, data.x_test))
x_train, x_val, y_train, y_val = train_test_split(x, data.y_train, test_size=1200, random_state=0)
y_test, class_names = data.y_test, data.class_names
print("training", x_train.shape, "validation", x_val.shape, "test", x_test.shape)
order = np.random.default_rng(0).permutation(784)


def scramble(images):
    return images.reshape(-1, 784)[:, order].reshape(images.shape)


five = np.stack([x_train[y_train == label][0] for label in range(5)])
plots.image_grid([*five, *scramble(five)], class_names[:5] + 5 * ["scrambled"])
plt.show()

# %% [markdown]
# You would not buy the lower row. **Predict:** how much accuracy does lesson 02's network, 784–128–10, lose if it is trained and judged on scrambled pictures?
#
# `fit` is lesson 02's recipe, Adam with a learning rate that falls along a cosine; every network of this lesson goes through it.


# %%
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


def fit(model, x, y, epochs, learning_rate, **options):
    num_steps = epochs * int(np.ceil(len(x) / 128))
    rate = keras.optimizers.schedules.CosineDecay(learning_rate, num_steps)
    settings = {"metrics": ["accuracy"], "steps_per_execution": 10}
    model.compile(optimizer=keras.optimizers.Adam(rate), loss=cross_entropy, **settings)
    return model.fit(x, y, batch_size=128, epochs=epochs, verbose=0, **options)


def probabilities(model, x):
    return np.array(ops.softmax(model.predict(x, batch_size=500, verbose=0)))


def accuracy(model, x, y):
    return np.mean(probabilities(model, x).argmax(axis=1) == y)


def dense_network():
    hidden = layers.Dense(128, activation="relu", name="hidden")
    parts = [layers.Flatten(name="flatten"), hidden, layers.Dense(10, name="scores")]
    return keras.Sequential([keras.Input((28, 28, 1)), *parts])


mlp, blind = dense_network(), dense_network()
fit(mlp, x_train, y_train, epochs=15, learning_rate=2e-3)
fit(blind, scramble(x_train), y_train, epochs=15, learning_rate=2e-3)
plain = accuracy(mlp, x_val, y_val)
scrambled = accuracy(blind, scramble(x_val), y_val)
print(f"validation accuracy: plain {plain:.3f}, scrambled {scrambled:.3f}")
claim("plain − scrambled, points", 100 * (plain - scrambled), equals=0, within=3)

# %%
twin, (first, *others) = dense_network(), mlp.get_weights()
twin.set_weights([first[order], *others])
difference = twin(scramble(five)) - mlp(five)
claim("scores, twin on scrambled pictures − original", difference, equals=0, within=1e-3)
claim("parameters of each network", mlp.count_params(), equals=101_770)

# %% [markdown]
# It loses nothing but chance (two trainings on the very same pictures differ by as much): a dense layer finds a scrambled picture as good as the picture. The second claim says why. Shuffle the rows of the first weights as you shuffled the pixels, and this twin gives the old scores. The random weights we start from are as likely in one order as in another, so what can be learned from one can be learned from the other.
#
# All that we know about pictures (that neighbours belong together, that a sleeve is a sleeve wherever it is) has to be learned from examples. The idea of this lesson is to build it in.
#
# ## Slide a small window by hand
#
# A **convolution** looks at the picture $I$ through a small window, multiplies what it sees by the weights in a **kernel** $K$, adds up, and moves on:
#
# $$(I * K)_{ij} = \sum_{a}\sum_{b} I_{i+a,\;j+b}\; K_{ab}$$
#
# It is a dot product of kernel and patch: large where the patch looks like the kernel. The slide decks behind this course have an example with a 7 × 7 picture. **Predict** the top left number before you run it: count the ones that lie under the kernel's five.


# %%
def convolve_loop(image, kernel):
    size = len(kernel)
    result = np.zeros((image.shape[0] - size + 1, image.shape[1] - size + 1))
    for i, j in np.ndindex(result.shape):
        result[i, j] = np.sum(image[i : i + size, j : j + size] * kernel)
    return result


rows = ["0111000", "0011100", "0001110", "0001100", "0011000", "0110000", "1100000"]
image = np.array([[float(pixel) for pixel in row] for row in rows])
kernel = np.array([[1.0, 0, 1], [0, 1, 0], [1, 0, 1]])
by_hand = convolve_loop(image, kernel)
print(by_hand.astype(int))

# %% name="convolution-by-hand" alt="Three tables of numbers. Left, the 7 by 7 picture I of zeros and ones, with a frame around its top left 3 by 3 patch. Middle, the 3 by 3 kernel K with ones in the corners and the centre. Right, the 5 by 5 result, with a frame around its top left number, 1."
expected = [[1, 4, 3, 4, 1], [1, 2, 4, 3, 3], [1, 2, 3, 4, 1], [1, 3, 3, 1, 1], [3, 3, 1, 1, 0]]
claim("I ∗ K is the decks' table, all 25 numbers", by_hand, equals=expected)
axes = plots.image_grid([image, kernel, by_hand], ["I", "K", "I ∗ K"], limits=(0, 6), cmap="Blues")
for ax, table in zip(axes, [image, kernel, by_hand], strict=True):
    for (row, column), value in np.ndenumerate(table):
        ax.text(column, row, f"{value:.0f}", ha="center", va="center")
frame = {"fill": False, "edgecolor": plots.POSITIVE, "linewidth": 3}
axes[0].add_patch(plt.Rectangle((-0.5, -0.5), 3, 3, **frame))
axes[2].add_patch(plt.Rectangle((-0.5, -0.5), 1, 1, **frame))
plt.show()

# %% [markdown]
# The framed patch gives the framed number. Notice the size: a window of 3 fits into 7 at five places.
#
# A Python loop is slow. NumPy can show all windows at once without copying, and one `einsum` does the sums: in `"ijab,ab->ij"` numbers with the same letters are multiplied, and letters missing on the right are summed over. Then `layers.Conv2D`, whose kernel has the shape height × width × input channels × **filters**: each filter is one kernel, and makes one channel of the result, a **feature map**. Here both are 1. **Predict:** will all three agree?


# %%
def convolve(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return np.einsum("ijab,ab->ij", windows, kernel)


def convolve_keras(image, kernel):
    layer = layers.Conv2D(1, kernel.shape, use_bias=False)
    layer.build((None, *image.shape, 1))
    layer.set_weights([kernel[:, :, np.newaxis, np.newaxis]])
    return np.array(layer(image[np.newaxis, :, :, np.newaxis]))[0, :, :, 0]


claim("vectorised, all 25 numbers as in the loop", convolve(image, kernel), equals=by_hand)
claim("Keras − loop", convolve_keras(image, kernel) - by_hand, equals=0, within=1e-5)

# %% [markdown]
# ## Flip the kernel, or not
#
# Mathematicians turn the kernel by 180° before they slide it: $\sum_{a,b} I_{i-a,\,j-b}\,K_{ab}$ is a convolution to them, and what we wrote is a **cross-correlation**. Wrong first: to take the table above as proof. It agrees with both, since the decks' kernel equals its own half turn.
#
# A **Sobel** kernel tells them apart: right neighbours minus left ones, so it answers where brightness changes from left to right. SciPy's `convolve2d` flips. **Predict:** how does its answer differ from Keras's?

# %%
sobel = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
ours = [convolve_keras(image, weights) for weights in (kernel, sobel)]
scipy = [signal.convolve2d(image, weights, mode="valid") for weights in (kernel, sobel)]
claim("decks' kernel: Keras − SciPy", ours[0] - scipy[0], equals=0, within=1e-5)
claim("Sobel: Keras + SciPy", ours[1] + scipy[1], equals=0, within=1e-5)

# %% [markdown]
# The half turn of Sobel is minus Sobel, so SciPy's answer has the other sign. Keras, like PyTorch and JAX, does *not* flip. (Theano, on which early Keras could run, did, and kernels carried over from it had to be turned.) For a learned kernel it makes no difference, as descent would find the turned one; for weights that you type in or copy from elsewhere it does.
#
# ## Filter a photograph
#
# Now a real photo, two Sobel kernels, and the **Laplacian**: four neighbours minus four times the centre. **Predict** what each makes of a plain sky, where all pixels are alike, and what becomes of its map if we first move the photo.

# %% name="filters-on-a-photo" alt="Four square pictures. A photograph of a man with a camera on a tripod; the same through a Sobel kernel, where upright edges such as the tripod's legs and the coat are bright or dark; through its transpose, where level edges stand out; and through the Laplacian, where all fine edges are thin double lines on even grey, and the lawn is full of grain."
cameraman = photos.x[photos.names.index("cameraman")] / np.float32(255)
grey = cameraman.mean(axis=-1)
laplacian = np.array([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]])
named = {"Sobel": sobel / 4, "Sobel, transposed": sobel.T / 4, "Laplacian": laplacian}
maps = [convolve_keras(grey, weights) for weights in named.values()]
plots.image_grid([cameraman, *maps], ["photo", *named], columns=4, limits=(-0.5, 0.5))
plt.show()
claim("sum of each kernel's weights", [np.sum(weights) for weights in named.values()], equals=0)
moved = convolve_keras(np.roll(grey, 30, axis=1), laplacian)
difference = (moved - np.roll(maps[-1], 30, axis=1))[:, 32:]
claim("Laplacian: move, then filter − filter, then move", difference, equals=0, within=1e-4)

# %% [markdown]
# Even grey means 0: the weights of each kernel sum to zero, so where nothing changes nothing is seen. Sobel is bright where it gets lighter to the right and dark where it gets darker; its transpose does the same from top to bottom. The Laplacian answers to every edge and to every grain of noise.
#
# These kernels were invented by people. A convolutional layer *learns* its own. What it gets for nothing is that one kernel works everywhere: move the picture, and the feature map moves with it, which is called **equivariance**. The claim moved the photo by 30 pixels. (It leaves out the columns on the left, where `np.roll` brought in the other edge.)
#
# ## Count weights, not pixels
#
# With several input channels a filter has a kernel for *each* of them, adds up the results, and adds one bias. So 32 filters of 5 × 5 on a colour picture have $(5 \cdot 5 \cdot 3 + 1) \cdot 32$ parameters. **Predict** how that grows from a 28 × 28 picture to a 224 × 224 photo.

# %%
pair = {size: layers.Conv2D(32, 5) for size in (28, 224)}
for size, layer in pair.items():
    maps = layer(np.zeros((1, size, size, 3), "float32"))
    print(f"{size} × {size} × 3 → {maps.shape[1:]}, parameters {layer.count_params():,}")
for size, layer in pair.items():
    claim(f"parameters at {size} pixels", layer.count_params(), equals=(5 * 5 * 3 + 1) * 32)

# %% [markdown]
# Not at all. The weights are *shared* by all places, where the dense layer needed 15 million. (What does grow is the work: one product for each weight and each place.)
#
# ## Choose stride and padding
#
# Two settings decide the size of the result. The **stride** $s$ is how far the window moves each time. **Padding** adds a border of zeros: `"valid"` none, `"same"` just enough that $n$ pixels give $\lceil n / s \rceil$, and other libraries take a number $p$, in Keras a layer `ZeroPadding2D(p)` in front. For a window of $k$ pixels,
#
# $$\text{size} = \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1, \quad \text{with } p = 0 \text{ for valid}; \qquad \text{size} = \left\lceil \frac{n}{s} \right\rceil \text{ for same.}$$
#
# **Predict** the size for $n = 28$, $k = 5$, $s = 2$ and $p = 2$. Then we hold the formula against real layers, 240 times.


# %%
def output_size(n, k, s, padding):
    if padding == "same":
        return -(-n // s)  # rounds up
    p = 0 if padding == "valid" else padding
    return (n + 2 * p - k) // s + 1


# %%
def measured_size(n, k, s, padding):
    x = np.zeros((1, n, n, 1), "float32")
    if isinstance(padding, int):
        x, padding = layers.ZeroPadding2D(padding)(x), "valid"
    return layers.Conv2D(1, k, strides=s, padding=padding)(x).shape[1]


# %%
print("n = 28, k = 5, s = 2, p = 2:", output_size(28, 5, 2, 2))
settings = [(7, 8, 11, 28, 29), (1, 2, 3, 5), (1, 2, 3), ("valid", "same", 1, 2)]
cases = list(itertools.product(*settings))
formula = [output_size(*case) for case in cases]
claim("sizes in Keras as in the formula", [measured_size(*case) for case in cases], equals=formula)

# %% [markdown]
# The floor is a warning: where the division leaves a remainder $r$, no window reaches the last $r$ rows and columns of the *padded* picture. In our example that is one row of zeros, which costs nothing; without padding, as for $n = 28$, $k = 3$, $s = 2$, it is a row of pixels.
#
# ## Pool, and end in a dense layer
#
# **Pooling** shrinks a map without weights: each 2 × 2 block is replaced by its largest number (**max pooling**) or its mean (**average pooling**), each channel for itself. What is lost is *where* in the block something was. **Global pooling** leaves a single number for each channel, whatever the size of the picture: its maximum asks "is this feature anywhere?", its mean "how much of it is there?"
#
# The classic order is CONV–POOL, repeated, and a fully connected layer (FC) at the end. That dense layer is itself a convolution, whose window is as large as its whole input. **Predict** both poolings of the block 1, 3, 2, 2. Then, for 7 × 7 maps with 64 channels and a window of 7 with 10 filters, the shape of the result.

# %%
table = np.array([[1.0, 3, 0, 0], [2, 2, 0, 8], [5, 1, 4, 4], [1, 1, 4, 4]])
blocks = table.reshape(2, 2, 2, 2)  # block row, row in it, block column, column in it
by_hand = [blocks.max(axis=(1, 3)), blocks.mean(axis=(1, 3))]
pools = [layers.MaxPooling2D(2), layers.AveragePooling2D(2)]
pooled = [np.array(pool(table.reshape(1, 4, 4, 1)))[0, :, :, 0] for pool in pools]
claim("pooling in Keras as by hand", pooled, equals=by_hand)

maps = np.random.default_rng(0).normal(size=(5, 7, 7, 64)).astype("float32")
dense, window = layers.Dense(10), layers.Conv2D(10, 7)
scores, (weights, bias) = dense(maps.reshape(5, -1)), dense.get_weights()
print("block 1, 3, 2, 2:", *np.array(pooled)[:, 0, 0], " large window:", window(maps).shape)
window.set_weights([weights.reshape(7, 7, 64, 10), bias])
claim("dense − large window", np.array(window(maps))[:, 0, 0] - scores, equals=0, within=1e-3)

# %% [markdown]
# ## See how far a unit sees
#
# A unit of the first 3 × 3 layer sees 3 pixels across. In the second layer it sees 3 units that each see 3: 5 pixels. The part of the picture that a unit depends on is its **receptive field**. A layer with window $k$ widens it by $k - 1$ *steps*, and a step is the product of all strides before it (pooling 2 moves in steps of 2: its window is its stride).
#
# **Predict** the widths for convolution 3, pooling 2, convolution 3, pooling 2, convolution 3. Then the gradient tells: it is zero for every pixel that a unit cannot see. (The kernels are all ones, the pooling averages, so nothing cancels.)

# %%
pixels, fields = tf.ones((1, 28, 28, 1)), []
names, stack = ["conv", "pool", "conv", "pool", "conv"], []
for name in names:
    ones = layers.Conv2D(1, 3, padding="same", kernel_initializer="ones")
    stack.append(ones if name == "conv" else layers.AveragePooling2D(2))
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        maps = keras.Sequential(stack)(pixels)
        unit = maps[0, maps.shape[1] // 2, maps.shape[2] // 2, 0]
    fields.append(np.array(tape.gradient(unit, pixels))[0, :, :, 0] > 0)
widths = [int(field.any(axis=0).sum()) for field in fields]
claim("widths, in pixels", widths, equals=[3, 4, 8, 10, 18])

# %% name="receptive-field" alt="Five pictures of the same ankle boot, dark but for a square around the centre that one unit sees. The lit square grows from 3 pixels across after the first convolution to 18 after the third, about half of the boot."
boot = x_train[y_train == class_names.index("Ankle boot")][0, :, :, 0]
lit = [np.maximum(boot, 0.15) * np.where(field, 1, 0.3) for field in fields]
titles = [f"{name}: {width} px" for name, width in zip(names, widths, strict=True)]
plots.image_grid(lit, titles, limits=(0, 1))
plt.show()

# %% [markdown]
# By the rule: $1 + 2 = 3$, $+\,1 = 4$, then steps of two, $+\,2 \cdot 2 = 8$ and $+\,2 \cdot 1 = 10$, then steps of four, $+\,4 \cdot 2 = 18$. Small windows in a stack see far: the last unit sees about half of the boot. It is pooling that makes the field grow fast.
#
# ## Build a small network
#
# Three blocks of convolution, max pooling (in the first two), batch normalisation (lesson 03) and ReLU; then global max pooling and ten scores. We pool first, so that the two layers after it have a quarter of the numbers to treat. As pooling shrinks the maps, the filters double: less *where*, more *what*. The normalisation has its own shift, so the convolution needs no bias.
#
# We build it in the Functional style: a layer is called on the result of the one before. (`augment` comes later.) **Predict:** which layer has the most parameters, and does the network have more or fewer than the dense one's 101,770?


# %%
def block(x, filters, number, pool=True):
    options = {"padding": "same", "use_bias": False, "name": f"conv{number}"}
    x = layers.Conv2D(filters, 3, **options)(x)
    if pool:
        x = layers.MaxPooling2D(name=f"pool{number}")(x)
    x = layers.BatchNormalization(momentum=0.9, name=f"norm{number}")(x)
    return layers.ReLU(name=f"relu{number}")(x)


def convolutional_network(augment=None, size=28):
    inputs = keras.Input((size, size, 1), name="picture")
    x = augment(inputs) if augment else inputs
    x = block(x, 16, number=1)
    x = block(x, 32, number=2)
    x = block(x, 64, number=3, pool=False)
    x = layers.GlobalMaxPooling2D(name="anywhere")(x)
    return keras.Model(inputs, layers.Dense(10, name="scores")(x))


cnn = convolutional_network()

# %% name="cnn-layers"
for layer in cnn.layers:
    print(f"{layer.name:9} {layer.output.shape[1:]!s:13} {layer.count_params():7,}")
by_hand = 3 * 3 * (1 * 16 + 16 * 32 + 32 * 64) + 4 * (16 + 32 + 64) + 64 * 10 + 10
claim("parameters counted by hand", by_hand, equals=cnn.count_params())
claim("parameters, CNN ÷ MLP", cnn.count_params() / mlp.count_params(), at_most=0.25)

# %% [markdown]
# 24,282, less than a quarter. (Batch normalisation counts four for each channel: scale, shift, and its two averages, which are not trained.)
#
# ## Train, and compare
#
# The same pictures, the same `fit`; six epochs at a larger rate. **Predict:** where will the dashed curve end, with lesson 02's network near 0.85?

# %% name="cnn-training" alt="Accuracy against epoch for six epochs. The solid training curve rises to above 0.9; the dashed validation curve rises with it, levels off lower, and ends above the dotted line of the dense network."
history = fit(cnn, x_train, y_train, 6, 1e-2, validation_data=(x_val, y_val))
plots.learning_curves(history, "accuracy").set_xticks(range(1, 7))
plt.axhline(accuracy(mlp, x_val, y_val), linestyle=":", color=plots.REFERENCE, label="MLP")
plt.legend(title=f"validation ends at {history.history['val_accuracy'][-1]:.2f}")
plt.show()

# %% [markdown]
# The dashed curve ends above the dotted line. But is it the *convolution* that wins? This network also has batch normalisation and a larger rate, and the MLP has neither. So we train a third: the MLP with both, for the same six epochs. **Predict** whether it catches up.

# %%
normalised_mlp = keras.Sequential(
    [
        keras.Input((28, 28, 1)),
        layers.Flatten(),
        layers.Dense(128, use_bias=False),
        layers.BatchNormalization(momentum=0.9),
        layers.ReLU(),
        layers.Dense(10),
    ]
)
normalised_history = fit(normalised_mlp, x_train, y_train, epochs=6, learning_rate=1e-2)

# %% [markdown]
# All settings were fixed before, so we may open the test set for the three, and choose nothing by it from here on.

# %% name="mlp-against-cnn"
rivals = {"MLP": mlp, "MLP with batch normalisation": normalised_mlp}
cnn_right = probabilities(cnn, x_test).argmax(axis=1) == y_test
print(f"test accuracy, CNN: {cnn_right.mean():.3f}")
for name, rival in rivals.items():
    rival_right = probabilities(rival, x_test).argmax(axis=1) == y_test
    paired = 100 * np.subtract(cnn_right, rival_right, dtype=float)  # 100, 0 or −100 a picture
    error = paired.std() / np.sqrt(len(paired))
    print(f"test accuracy, {name}: {rival_right.mean():.3f}")
    print(f"CNN − {name}: {paired.mean():.1f} ± {error:.1f} points")
    claim(f"CNN − {name}, points", paired.mean(), at_least=0)

# %% [markdown]
# With the same normalisation, rate and epochs the MLP stays behind, too: it is the convolution that makes the difference. (Longer training brings the MLP nearer: try 15 epochs.) Fewer weights, better answers, since what we know about pictures is built in and need not be learned. The ± is chance in which 2,000 pictures we drew, one standard error of the difference; chance in training comes on top.
#
# The bill comes elsewhere. Each weight of a convolution is used once for every place of its map: $28^2 \cdot 144 + 14^2 \cdot 4608 + 7^2 \cdot 18{,}432 + 640 = 1{,}919{,}872$ multiplications for one picture, where the MLP needs 101,632. Nineteen times the work. All these products are independent of one another, and a **GPU** does thousands at a time: there the same code runs unchanged, and networks a hundred times this size become possible (lesson 05). On two cores we keep ours small.
#
# ## Scramble again
#
# The dense network did not mind scrambled pictures. **Predict:** does the CNN? We ask on 4,000 handwritten digits, where shape is everything, and train each network twice: on the digits as they are, and scrambled.

# %% name="scrambled-digits"
digits, right = load_digits(), []
x_digits, upright = (x[..., np.newaxis] / np.float32(255) for x in (digits.x_train, digits.x_test))
for build, epochs, rate in [(dense_network, 15, 2e-3), (convolutional_network, 3, 1e-2)]:
    for change in (np.copy, scramble):
        model = build()
        fit(model, change(x_digits), digits.y_train, epochs, rate)
        right.append(accuracy(model, change(upright), digits.y_test))
mlp_plain, mlp_blind, cnn_plain, cnn_blind = right
print(f"MLP: plain {mlp_plain:.3f}  scrambled {mlp_blind:.3f}")
print(f"CNN: plain {cnn_plain:.3f}  scrambled {cnn_blind:.3f}")
claim("CNN, plain − scrambled, points", 100 * (cnn_plain - cnn_blind), at_least=3)
claim("scrambled, MLP − CNN, points", 100 * (mlp_blind - cnn_blind), at_least=2)

# %% [markdown]
# It drops, and falls behind the MLP. What we built in is a bet that neighbours belong together. Where the bet is wrong it costs: for a table of blood values, whose columns have no order, a convolution is the wrong tool.
#
# ## Count and train a network from the decks
#
# Beam's network (2017): two 5 × 5 convolutions, pooling, two more, pooling, a dense layer of 1,024. What changed since Keras 1: `Convolution2D(nb_filter=32, nb_row=5, nb_col=5)` is `Conv2D(32, 5)`, `output_dim=` is the first argument of `Dense`, and the input's shape is stated. We leave its softmax to the loss, as before. He fitted batches of 64 with one-hot labels; ours go through `fit`.
#
# **Predict:** with 28 × 28 pictures and no padding, how wide are the maps before `Flatten`? Has it more parameters than the MLP's 101,770, or fewer? And is it better, after three epochs on 1,000 pictures?

# %% name="beam"
beam = keras.Sequential([keras.Input((28, 28, 1))], name="beam")
for part in ["conv", "conv", "pool", "conv", "conv", "pool"]:
    beam.add(layers.Conv2D(32, 5, activation="relu") if part == "conv" else layers.MaxPooling2D())
for layer in (layers.Flatten(), layers.Dense(1024, activation="relu"), layers.Dense(10)):
    beam.add(layer)
print("width of the maps:", [layer.output.shape[1] for layer in beam.layers[:6]])
by_hand = 26 * 32 + 3 * 801 * 32 + 33 * 1024 + 1025 * 10
claim("Beam's network, parameters", beam.count_params(), equals=by_hand)
claim("parameters, Beam − MLP", beam.count_params() - mlp.count_params(), equals=20_000)
work = 784 * 144 + 196 * 4608 + 49 * 18432 + 640
claim("multiplications, our CNN ÷ MLP", work / 101632, equals=19, within=0.5)

fit(beam, x_train[:1000], y_train[:1000], epochs=3, learning_rate=2e-3)
taste = accuracy(beam, x_val, y_val)
print(f"validation accuracy: MLP {plain:.3f}, Beam after 24 steps {taste:.3f}")
claim("MLP − Beam, points", 100 * (plain - taste), at_least=5, at_most=45)

# %% [markdown]
# From 28 to 24, 20, 10, 6, 2 and 1: a single place is left. The parameters are exactly 20,000 more than the MLP's. One picture costs 11,767,808 multiplications, six times ours, of which the second convolution, on maps that are still large, does $20^2 \cdot 25 \cdot 32 \cdot 32 = 10{,}240{,}000$. So it got only a taste of training, 24 steps, and stays below the MLP, which saw ten times the pictures for five times the epochs: this says nothing about Beam's network, only about so short a training. With a GPU you would give it everything; here it was to be counted.
#
# ## Move the clothes
#
# Fashion-MNIST's clothes all sit in the middle. In life, they do not. We move the test pictures sideways, two pixels at a time; black comes in at the edge. **Predict:** what accuracy have the MLP and the CNN at 4 pixels, a seventh of the width? The CNN shares its weights over all places, so is it not immune?


# %%
def move(images, pixels):
    return ndimage.shift(images, (0, 0, pixels, 0), order=0)


def accuracy_moved(model):  # on every other test picture, to save time
    return [accuracy(model, move(x_test[::2], by), y_test[::2]) for by in range(-8, 9, 2)]


moved = {"MLP": accuracy_moved(mlp), "CNN": accuracy_moved(cnn)}

# %% [markdown]
# Before we look, the classic cure. **Data augmentation** shows a network variations of the pictures, new in every epoch, that leave the label true: moved, turned, zoomed, mirrored. We know that a moved boot is a boot; augmentation is how we say so. In Keras it is a layer, and works only in training.

# %% name="augmentation" alt="Ten pictures of one ankle boot: the original, three moved copies with a black border, three turned by some degrees, and three zoomed in or out, each a little different."
boots = np.repeat(boot[np.newaxis, :, :, np.newaxis], 3, axis=0)
kinds = {
    "moved": layers.RandomTranslation(0.15, 0.15, fill_mode="constant"),
    "turned": layers.RandomRotation(0.06, fill_mode="constant"),
    "zoomed": layers.RandomZoom(0.2, fill_mode="constant"),
}
pictures = [np.array(layer(boots, training=True)) for layer in kinds.values()]
titles = ["boot", *(f"{name} {n}" for name in kinds for n in (1, 2, 3))]
plots.image_grid([boots[0], *np.concatenate(pictures)], titles, limits=(0, 1))
plt.show()
unmoved = np.array(kinds["moved"](boots, training=False))
claim("outside training, pixels as they came", unmoved, equals=boots)

# %% [markdown]
# The numbers are shares: 0.15 of the height and width, 0.06 of a full turn (22°), 0.2 larger or smaller. Choose only what is true of your task: a mirrored boot is a boot, a mirrored *b* is a *d*. (And `fill_mode`: by default Keras fills the border with a reflection of the picture.) Ours is moved only, by up to 4 pixels in both directions.

# %% name="translation" alt="Test accuracy against the shift in pixels, from 8 to the left to 8 to the right. The MLP has a sharp peak at zero and falls below 0.4 within 4 pixels. The CNN stays far higher, but falls too. The CNN with augmentation is about as high at zero and stays nearly flat to 4 pixels and beyond."
augmented = convolutional_network(kinds["moved"])
fit(augmented, x_train, y_train, epochs=5, learning_rate=1e-2)
moved["CNN, augmented"] = accuracy_moved(augmented)
plots.curves(range(-8, 9, 2), moved, "moved to the right (pixels)", "test accuracy")
plt.show()

# %% name="moved"
at = {2 * d: {name: (c[4 - d] + c[4 + d]) / 2 for name, c in moved.items()} for d in (0, 2, 3)}
for by, accuracies in at.items():
    shares = ", ".join(f"{name} {right:.3f}" for name, right in accuracies.items())
    print(f"accuracy, moved by {by} pixels: {shares}")
with claim_table():
    claim("moved by 4, CNN − MLP", at[4]["CNN"] - at[4]["MLP"], at_least=0.3)
    fall_of_cnn = at[0]["CNN"] - at[6]["CNN"]
    fall_of_augmented = at[0]["CNN, augmented"] - at[6]["CNN, augmented"]
    flatter = fall_of_cnn - fall_of_augmented
    claim("lost by moving 6 pixels, CNN − augmented", flatter, at_least=0)
    cost = at[0]["CNN"] - at[0]["CNN, augmented"]
    claim("unmoved, CNN − augmented", cost, equals=0, within=0.08)

# %% [markdown]
# The MLP has lost the clothes after a few pixels: its weights wait for them at fixed places. The CNN keeps most of them without ever having seen one moved, and augmentation flattens the curve. In the middle it costs a little or nothing.
#
# But is a CNN not *built* to ignore place? Why does it fall at all? We give the pictures room, so that nothing leaves and no border is near: the same weights in a network for 76 × 76 pixels. (Global pooling makes that possible: no weight knows the size.) **Predict:** by how much do the probabilities change when the clothes move by 2 pixels, and by 4?

# %% name="roomy"
roomy = convolutional_network(size=76)
roomy.set_weights(cnn.get_weights())
roomed = np.pad(x_test[:200], [(0, 0), (24, 24), (24, 24), (0, 0)])
still, by_2, by_4 = (probabilities(roomy, move(roomed, by)) for by in (0, 2, 4))
claim("moved by 4, change of the probabilities", by_4 - still, equals=0, within=1e-4)
claim("moved by 2, largest change", np.abs(by_2 - still).max(), at_least=0.3)
fall = at[0]["CNN"] - at[4]["CNN"]
claim("accuracy of the CNN above, at 0 − at 4 pixels", fall, at_least=0)

# %% [markdown]
# Moved by four pixels, which is two poolings of two, the last maps move by a whole unit, and the maximum over them is exactly the same. In between, the pooling windows cut the clothes differently, and the probabilities change. That is one cause of the fall, but not the only one: at 4 pixels, where pooling costs nothing, the curve above has dropped all the same. There the cause is that clothes leave the picture, or come to its edge, where the network has never seen them. So a convolution moves *with* the picture, pooling forgets the place only roughly, and augmentation has to teach the rest.
#
# ## Ask several times, and average
#
# A galaxy has no up or down. In the Galaxy Zoo contest, where volunteers had sorted galaxies by shape, Dieleman and others (2015) showed their network each galaxy many times, turned, scaled and mirrored, and averaged the answers. We try it on handwriting: 4,000 digits to train on, turned by up to 15° for augmentation, and 1,000 test digits, each tilted by up to 30°.


# %%
def turn(images, degrees):
    return ndimage.rotate(images, degrees, axes=(1, 2), reshape=False, order=1)


reader = convolutional_network(layers.RandomRotation(15 / 360, fill_mode="constant"))
fit(reader, x_digits, digits.y_train, epochs=4, learning_rate=1e-2)
tilted = np.concatenate([turn(upright[[n]], 30 - 0.06 * n) for n in range(1000)])

# %% [markdown]
# Wrong first: all the way round, as for galaxies. Here is what the network says to one six. **Predict** its answers before you look.


# %% name="turning-six" alt="Seven pictures of one handwritten six, turned by 0, 30, 60 and so on to 180 degrees, each with the network's answer above it. Upright it is read as 6; upside down it looks like a nine."
turned = np.concatenate([turn(upright[[25]], -degrees) for degrees in range(0, 181, 30)])
answers = probabilities(reader, turned).argmax(axis=1)
titles = [f"{30 * n}°: says {answer}" for n, answer in enumerate(answers)]
plots.image_grid(turned, titles, columns=7, limits=(0, 1))
plt.show()

# %% name="test-time-averaging"
ways = [[0], [-15, 0, 15], range(0, 360, 30)]
votes = [np.mean([probabilities(reader, turn(tilted, a)) for a in way], axis=0) for way in ways]
rows = {"all digits": digits.y_test >= 0, "sixes and nines": np.isin(digits.y_test, [6, 9])}
correct = [vote.argmax(axis=1) == digits.y_test for vote in votes]
gained, lost = {}, {}
for name, row in rows.items():
    once, near, around = (np.mean(answers[row]) for answers in correct)
    print(f"{name}: once {once:.3f}, over ±15° {near:.3f}, all around {around:.3f}")
    gained[name], lost[name] = 100 * (near - once), 100 * (once - around)
claim("all digits, ±15° − once, points", gained["all digits"], at_least=0)
claim("sixes and nines, once − all around, points", lost["sixes and nines"], at_least=10)

# %% [markdown]
# All the way round, sixes collect votes for nine, and what lies on its side looks like nothing that the network knows. Over ±15°, where a digit stays what it is, averaging mends some of the tilted ones, at three times the price of a single look. As with augmentation, what may vary is knowledge about the task, and you have to bring it.
#
# ## Look at the mistakes
#
# Back to the clothes. One number, the accuracy, hides which mistakes are left. **Predict** the darkest square off the diagonal: which class is most often taken for which?

# %% tags=["nbval-ignore-output"] name="cnn-confusion" alt="Confusion matrix of the CNN on the 2,000 test pictures, ten classes. Most counts are on the diagonal; shirt is the weakest row, mixed up with T-shirt, pullover and coat; trouser, sandal, bag and boot are nearly always right."
p_test = probabilities(cnn, x_test)
answers = p_test.argmax(axis=1)
counts = metrics.confusion_matrix(y_test, answers)
plt.figure(figsize=(6.8, 6.2))
plots.confusion_matrix(counts, class_names).set_title(f"{counts.trace()} of 2000 right")
plt.show()
tops = np.isin(class_names, ["T-shirt/top", "Pullover", "Dress", "Coat", "Shirt"])
wrong = counts - np.diag(counts.diagonal())
print(" taken for ".join(class_names[n] for n in np.argwhere(wrong == wrong.max())[0]))
share = wrong[tops][:, tops].sum() / wrong.sum()
claim("share of mistakes among tops, coats, dresses", share, at_least=0.6)
claim("weakest row is Shirt", class_names[counts.diagonal().argmin()] == "Shirt")
sure = np.where(answers != y_test, p_test.max(axis=1), 0)  # 0 where it is right

# %% [markdown]
# The darkest square is printed, and shirts are the weakest row: most of what goes wrong is one top, coat or dress taken for another.
#
# Then the pictures themselves: the mistakes of which the network is surest. **Predict:** whose mistakes are they?

# %% name="confident-mistakes" alt="Ten test pictures that the CNN gets wrong with the highest probability, each with its label, the network's answer and its probability. Some look like what the network says, some are hard to tell at all."
ten = np.argsort(-sure)[:10]
titles = [f"label {class_names[y_test[n]]}\n{class_names[answers[n]]}: {sure[n]:.2f}" for n in ten]
plots.image_grid(x_test[ten], titles)
plt.show()
claim("the ten surest mistakes, probability", sure[ten], at_least=0.9)

# %% [markdown]
# Some you would answer as the network does: the label is doubtful, as the card of the data says. Others are plain errors, made with just as much confidence. So a network's probability is no promise, and looking at pictures like these is the quickest way to find out what is wrong with a model, or with its data.

# %% [markdown]
# ## Recap
#
# - A convolution is a dot product at every place: a loop, one `einsum` and `Conv2D` agree; Keras does not flip the kernel, and only one unlike its own half turn shows it.
# - $\lfloor (n + 2p - k) / s \rfloor + 1$, or $\lceil n / s \rceil$ for `"same"`; parameters count windows, channels and filters, never pixels; receptive fields grow by $k - 1$ steps.
# - Shared weights and pooling beat the dense network with a quarter of its parameters, for nineteen times the multiplications.
# - Feature maps move with the picture, yet accuracy falls off centre: augmentation in training and averaging at test time mend it, within what is true of the task.
# - A confusion matrix says which classes are mixed up; the surest mistakes say whether model or label is at fault.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/04_convolutional_networks.ipynb](exercises/04_convolutional_networks.ipynb).
#
# ## Further reading
#
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapter 9: convolution and pooling as a prior about pictures.
# - Dumoulin and Visin (2016), "A guide to convolution arithmetic for deep learning", arXiv:1603.07285: sizes, strides and paddings, all drawn.
# - LeCun, Bottou, Bengio and Haffner (1998), "Gradient-based learning applied to document recognition", *Proceedings of the IEEE* 86: the classic account of CONV–POOL–FC, an order that goes back to LeCun's networks of 1989–90 and to Fukushima's neocognitron (1980).
# - Zhang (2019), "Making convolutional networks shift-invariant again", *ICML*: why pooling forgets the place only roughly, and a cure.
# - Dieleman, Willett and Dambre (2015), "Rotation-invariant convolutional neural networks for galaxy morphology prediction", *MNRAS* 450: the Galaxy Zoo winner.
