# %% [markdown]
# # 03 Training deep networks
#
# **Why does it not generalise, and what helps?**
#
# After this lesson you can
#
# - write the training loop that `fit` runs, and momentum and Adam with it;
# - choose batch size and learning rate by what they do to the descent;
# - tell underfitting from overfitting, and judge with curves and folds what more data would bring;
# - rein a network in with weight decay, dropout, batch normalisation and early stopping, and say what each computes;
# - search settings, save the best model, and hold it against honest baselines, with the test set used once.
#
# **Data:** 14,000 pictures of clothes from Fashion-MNIST, of which we train on few, on purpose; Wisconsin breast cancer.
#
# **You will see:** a network set about learning 1,000 pictures by heart, two cures compared, and two contests that the deep network does not simply win.
#
# **You need:** lessons 01 and 02: gradient descent, hidden layers, softmax cross-entropy.
#
# **Minutes:** 45 to read, 70 to do, 1 to run.

# %%
import tempfile
import time

import keras
import keras_tuner
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras import layers, ops, optimizers
from sklearn import base, ensemble, linear_model, model_selection, pipeline, preprocessing, svm

from course_utils import plots
from course_utils.checks import claim, claim_table
from course_utils.data import load_breast_cancer, load_fashion_mnist

keras.utils.set_random_seed(0)
tf.get_logger().setLevel("ERROR")  # many small models: no warnings that each is compiled
plots.use_style()

# %% [markdown]
# ## Look at the data, and put most of it away
#
# Each picture becomes a row of 784 numbers from 0 to 1. A random quarter is for **validation**, for every choice that we make; of the others, the pool, we take only 1,000 for training.
# With so few examples a network shows its faults quickly. The test set stays shut until the end.

# %%
data = load_fashion_mnist()
x, x_test = (x.reshape(-1, 784).astype("float32") / 255 for x in (data.x_train, data.x_test))
x_pool, x_val, y_pool, y_val = model_selection.train_test_split(x, data.y_train, random_state=0)
x_train, y_train = x_pool[:1000], y_pool[:1000]
print("training", x_train.shape, "pool", x_pool.shape, "validation", x_val.shape)

# %% [markdown]
# ## Write the training loop
#
# Every framework runs the same five steps: take a **batch** of examples; compute the scores, the **forward pass**; compute the loss; **backpropagate**, for the gradient; **update** the weights against it. One pass over all examples is an **epoch**.
#
# First the parts, a network with any hidden layers and lesson 02's cross-entropy; then one epoch, written out.


# %%
def hidden(units):
    return layers.Dense(units, activation="relu", kernel_initializer="he_normal")


def network(*hidden_layers, inputs=784, outputs=10):
    parts = [keras.Input(shape=(inputs,)), *hidden_layers, layers.Dense(outputs)]
    return keras.Sequential(parts)


# %%
cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
model, losses = network(hidden(64)), []
start_weights = model.get_weights()
for first in range(0, 1000, 50):
    batch, labels = x_train[first : first + 50], y_train[first : first + 50]  # take a batch
    with tf.GradientTape() as tape:
        loss = cross_entropy(labels, model(batch, training=True))  # forward pass, loss
    gradients = tape.gradient(loss, model.trainable_variables)  # backpropagate
    for variable, gradient in zip(model.trainable_variables, gradients, strict=True):
        variable.assign_sub(0.1 * gradient)  # update, η = 0.1
    losses.append(float(loss))

# %% [markdown]
# Twenty updates. Now `fit`, from the same weights and in the same order (`shuffle=False`); a callback notes the loss that it reports after each batch. **Predict:** will the reported numbers be ours?

# %%
model.set_weights(start_weights)
model.compile(optimizer=optimizers.SGD(learning_rate=0.1), loss=cross_entropy)
means = []
note = keras.callbacks.LambdaCallback(on_train_batch_end=lambda _, logs: means.append(logs["loss"]))
history = model.fit(x_train, y_train, batch_size=50, shuffle=False, verbose=0, callbacks=[note])

# %%
print(f"loss at the last batch: ours {losses[-1]:.4f}, reported {means[-1]:.4f}")
as_reported = np.abs(np.subtract(means, losses)).max()
claim("largest difference of the losses, as reported", as_reported, at_least=0.05)
batch_losses = np.diff(np.arange(1, 21) * means, prepend=0)
claim("losses, batch by batch: fit − loop", batch_losses - losses, equals=0, within=1e-4)

# %% [markdown]
# They are not: Keras reports the *mean since the epoch began*, which trails behind a falling loss. Undo the mean, and all twenty agree. `fit` is our loop, with conveniences.
#
# ## Give the descent a memory
#
# Plain descent suffers in a long narrow valley: a learning rate η that the steep walls bear crawls along the flat floor. **Momentum** keeps a share β of the last step, so that steps in one direction add up and zigzags cancel:
#
# $$v \leftarrow \beta v - \eta \nabla J(w), \qquad w \leftarrow w + v$$
#
# **Nesterov**'s variant moves by $\beta v - \eta \nabla J(w)$ with the *new* $v$: it looks one step ahead.


# %%
def momentum_step(weights, gradient, state, learning_rate, beta=0.9, nesterov=False):
    v = state["v"] = beta * state.get("v", 0.0) - learning_rate * gradient
    return weights + (beta * v - learning_rate * gradient if nesterov else v)


# %% [markdown]
# **Adam** keeps two running means, $m$ of the gradient $g$ and $v$ of its square, and divides one by the root of the other: each weight gets steps of about η, however large its gradient. Both means begin at zero; the factors $1 - \beta^t$ make up for that at step $t$.
#
# $$m \leftarrow \beta_1 m + (1 - \beta_1)\, g, \qquad v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2, \qquad w \leftarrow w - \eta\, m\,\frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \,\Big/\, (\sqrt{v} + \varepsilon)$$
#
# The customary settings are $\beta_1 = 0.9$, $\beta_2 = 0.999$ and, in Keras, $\varepsilon = 10^{-7}$.


# %%
def adam_step(weights, gradient, state, learning_rate):
    m = state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * gradient
    v = state["v"] = 0.999 * state.get("v", 0.0) + 0.001 * gradient**2
    t = state["t"] = state.get("t", 0) + 1
    return weights - learning_rate * m * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) / (np.sqrt(v) + 1e-7)


# %% [markdown]
# Our valley is $J(w) = \frac{1}{2}(w_1^2 + 100\,w_2^2)$, a hundred times as steep along $w_2$, with the gradient $(w_1, 100\,w_2)$. We walk 80 steps through it.


# %%
def walk(step, *settings, **options):
    path, state = [np.array([-9.0, 1.5])], {}
    for _ in range(80):
        path.append(step(path[-1], [1, 100] * path[-1], state, *settings, **options))
    return np.array(path)


# %% [markdown]
# Keras's optimisers take the same walk. One trap is where ε stands: the paper corrects $v$ *before* it takes the root and adds ε, so its first step is $\eta\,g / (g + \varepsilon)$. Keras, as in our formula, adds ε to the uncorrected root, where at the first step it weighs $1 / \sqrt{1 - \beta_2} \approx 32$ times as much.
# It shows only where gradients are tiny. **Predict** the first step for $g = 10^{-6}$ and $\eta = 1$: the paper's is $10/11 = 0.909$; and Keras's?


# %%
def keras_step(weights, gradient, state, optimizer):
    variable = state.setdefault("variable", keras.Variable(weights))
    optimizer.apply([gradient], [variable])
    return ops.convert_to_numpy(variable)


ours = {"momentum": walk(momentum_step, 0.01), "Adam": walk(adam_step, 0.5)}
ours["Nesterov"] = walk(momentum_step, 0.01, nesterov=True)
theirs = {"momentum": optimizers.SGD(0.01, 0.9), "Adam": optimizers.Adam(0.5)}
theirs["Nesterov"] = optimizers.SGD(0.01, 0.9, nesterov=True)
with claim_table():
    for name, optimizer in theirs.items():
        difference = ours[name] - walk(keras_step, optimizer)
        claim(f"{name}: ours − Keras's path", difference, equals=0, within=1e-4)
    first = keras_step(np.zeros(1), np.full(1, 1e-6), {}, optimizers.Adam(1.0))
    by_formula = 1e-6 / (1e-6 + 1e-7 / np.sqrt(1 - 0.999))
    claim("first step for g = 1e-6", -first[0], equals=by_formula, within=0.001)

# %% [markdown]
# Our few lines are the optimisers that Keras ships; only the paper's Adam differs, where a gradient comes near ε. **Predict** the paths of momentum, of Adam, and of plain descent at η = 0.018 (above 0.02 it explodes).

# %% name="optimisers" alt="Paths of three optimisers over the contours of a long narrow valley, from the left end towards the minimum at zero. Plain descent bounces between the walls at first, then creeps along the floor and stops short. Momentum and Adam swing from side to side, overshoot the minimum and come back to it."
named = {"plain": walk(momentum_step, 0.018, beta=0), "momentum": ours["momentum"]}
named["Adam"] = ours["Adam"]
height = {"cost": lambda weights: np.log10(1 + [1, 100] @ weights**2), "paths": named}
plots.descent_paths(**height, limits=((-10, 4), (-2, 2)))
plt.show()

# %% [markdown]
# Notice where the blue path ends: plain descent bounces off the walls, then crawls. Momentum gathers speed along the floor, overshoots and comes back. Adam takes steps of like size along both axes, steep or flat.
#
# ## Choose the batch size
#
# The gradient of a batch only *estimates* that of all examples: its error falls with one over the root of the batch size, so four times the work makes it twice as good. Many cheap, rough steps should then beat a few exact ones.
#
# From here on we train with `fit`, below. (`steps_per_execution` hands TensorFlow 20 batches at a time: the same updates, less waiting.) **Predict:** after five epochs, how far apart are batches of 10 and one batch of all 1,000?


# %%
def fit(model, optimizer="adam", epochs=20, batch_size=25, **options):
    model.compile(optimizer, cross_entropy, metrics=["accuracy"], steps_per_execution=20)
    validation = {"validation_data": (x_val, y_val), "validation_batch_size": 3000}
    options = {"epochs": epochs, "batch_size": batch_size, "verbose": 0, **validation, **options}
    return model.fit(x_train, y_train, **options).history


# %%
by_batch = {}
for size in (10, 1000):
    keras.utils.set_random_seed(0)
    by_batch[size] = fit(network(hidden(64)), optimizers.SGD(0.05), 5, size)["val_accuracy"]
by_ten, by_all = by_batch[10][-1], by_batch[1000][-1]
print(f"validation accuracy: batches of 10 {by_ten:.3f}, one batch of 1,000 {by_all:.3f}")
claim("accuracy, batches of 10 − one of 1,000", by_ten - by_all, at_least=0.15)

# %% [markdown]
# Both looked at 5,000 pictures, but batches of 10 made 500 updates of them and the full batch made five. Large batches pay where hardware computes a whole batch at once, as a GPU does, and then they want a larger η.
#
# ## Let the learning rate fall
#
# A large η moves fast but jumps about at the end; a small one settles but hardly arrives. A **schedule** begins large and ends small, ours along half a cosine: $\eta_t = \frac{\eta_0}{2}\,(1 + \cos \frac{\pi t}{n})$ at update $t$ of $n$. **Predict** the three curves.

# %% name="schedules" alt="Training loss against epoch. With the small constant learning rate it falls slowly, with the large one fast and then unevenly, with the cosine schedule as fast and further."
cosine = optimizers.schedules.CosineDecay(0.2, decay_steps=800)
losses = {}
for name, rate in {"η = 0.01": 0.01, "η = 0.2": 0.2, "cosine from 0.2": cosine}.items():
    keras.utils.set_random_seed(0)
    history = fit(network(hidden(64)), optimizers.SGD(rate), 8, 10, validation_data=None)
    losses[name] = history["loss"]
plots.curves(None, losses, "epoch", "training loss")
plt.show()
late = {}
for name, history in losses.items():
    late[name] = np.mean(history[-3:])
    print(f"{name:16}mean training loss of the last three epochs {late[name]:.3f}")
falling = late["cosine from 0.2"]
claim("late loss, cosine ÷ η = 0.01", falling / late["η = 0.01"], at_most=1)
claim("late loss, cosine ÷ η = 0.2", falling / late["η = 0.2"], at_most=1)

# %% [markdown]
# The schedule moves as fast as the large rate and ends below both. But this is the *training* loss, and that is only half of the task.
#
# ## Make it too small, then too large
#
# The same 1,000 pictures and three networks: 2 hidden units, 64, and two layers of 256. **Predict** for each how the dashed validation curve will run beside the solid one.

# %% name="under-and-overfitting" alt="Three panels of loss against epoch. With 2 units both curves stay high and close together. With 64 units both fall and the dashed validation curve levels off above the solid one. With two layers of 256 the training loss goes towards zero while the validation loss turns after some epochs and climbs."
figure, panels = plt.subplots(1, 3, figsize=(11, 3.6), sharey=True)
runs = [fit(network(*map(hidden, units))) for units in ([2], [64], [256, 256])]
for history, panel, units in zip(runs, panels, ("2", "64", "256 + 256"), strict=True):
    plots.learning_curves(history, ax=panel).set_title(f"{units} hidden units")
plt.show()

# %%
small, _, large = runs
best, late = min(large["val_loss"]), np.mean(large["val_loss"][10:])
print(f"256 + 256, validation loss: best {best:.3f}, mean of epochs 11 to 20 {late:.3f}")
small_gap = np.mean(small["val_loss"][10:]) / np.mean(small["loss"][10:])
large_gap = late / np.mean(large["loss"][10:])
with claim_table():
    claim("2 units: training accuracy", small["accuracy"][-1], at_most=0.8)
    claim("2 units: late loss, validation ÷ training", small_gap, at_most=1.2)
    claim("256 + 256: training accuracy", large["accuracy"][-1], at_least=0.88)
    claim("256 + 256: late loss, validation ÷ training", large_gap, at_least=2)

# %% [markdown]
# Left, **underfitting**: it cannot even fit what it sees, and more data would not help. Right, **overfitting**: it is learning the pictures by heart, grows ever surer, and pays for it on new ones. Look for the *gap* between the curves, and for the turn of the dashed one.
#
# ## Ask what more data would bring
#
# A **learning curve** trains on ever more examples. So that nothing else changes, each run takes 300 batches of 50, drawn again and again from its training set. One run could be luck; three, with other pictures and other weights, show how much luck there is. (`blank` is the memory of a fresh Adam; each run begins with it.)


# %% name="learning-curve" alt="Accuracy against the number of training pictures from 100 to 6,400 on a logarithmic axis, with a band over three seeds. The solid training curve falls from 1, the dashed validation curve climbs to 1,600 pictures and is level after it, and the gap between them closes. The bands are widest at 6,400 pictures."
def fit_steps(model, x, y, random, num_steps):
    rows = random.integers(len(x), size=50 * num_steps)
    model.fit(x[rows], y[rows], batch_size=50, verbose=0)


accuracy, sizes = np.zeros((3, 4, 2)), [100, 400, 1600, 6400]
model, adam = network(hidden(128)), optimizers.Adam()
model.compile(adam, cross_entropy, steps_per_execution=20)
adam.build(model.trainable_variables)
adam.save_own_variables(blank := {})
for seed, step in np.ndindex(3, 4):
    random = np.random.default_rng(seed)
    model.set_weights(network(hidden(128)).get_weights())
    adam.load_own_variables(blank)
    rows = random.choice(len(x_pool), sizes[step], replace=False)
    fit_steps(model, x_pool[rows], y_pool[rows], random, num_steps=300)
    for part, (x, y) in enumerate([(x_pool[rows], y_pool[rows]), (x_val, y_val)]):
        accuracy[seed, step, part] = np.mean(np.argmax(model(x), axis=1) == y)

named = dict(zip(["training", "validation"], accuracy.mean(axis=0).T, strict=True))
plots.curves(sizes, named, "training pictures", "accuracy").set(xscale="log")
for band in accuracy.transpose(2, 0, 1):
    plt.fill_between(sizes, band.min(axis=0), band.max(axis=0), color=plots.NEGATIVE, alpha=0.2)
plt.show()
gap = named["training"] - named["validation"]
for size, train, val in zip(sizes, named["training"], named["validation"], strict=True):
    print(f"{size:5,} pictures: training {train:.3f}, validation {val:.3f}")
gained = named["validation"][2] - named["validation"][0]
with claim_table():
    claim("validation accuracy gained, 100 to 1,600", gained, at_least=0.05)
    claim("gap at 100 pictures", gap[0], at_least=0.2)
    claim("gap at 6,400 pictures", gap[-1], at_most=0.1)

# %% [markdown]
# Read both curves. At the left the gap is wide and the dashed curve climbs: there more pictures are the cure. From 1,600 to 6,400 the gap goes on closing, but only because the *solid* curve comes down; the dashed one is level. Every run has the same 300 batches, so with 6,400 pictures the network sees each of them two or three times, with 100 pictures 150 times. At the right the number of updates is the limit, not the number of pictures: there only longer training would show what more pictures bring. A learning curve answers for the training that it was drawn with.
#
# ## Drop units at random
#
# **Dropout** sets each activation to zero with probability $p$, anew in every batch, so that no unit can lean on another. Wrong first: zeros alone. At $p = 0.5$ the next layer would then hear twice as much after training as in it. **Predict** what Keras makes of inputs of 1 at $p = 0.2$.

# %%
ones = np.ones((1000, 100), "float32")
dropped = layers.Dropout(0.2)(ones, training=True)
print("values in training:", np.unique(dropped))
claim("mean in training", np.mean(dropped), equals=1, within=0.02)
claim("values after training", layers.Dropout(0.2)(ones, training=False), equals=1)

# %% [markdown]
# Survivors are divided by $1 - p$, here to 1.25, so the mean stays. After training the layer does nothing.
#
# ## Normalise the batch
#
# **Batch normalisation** keeps each feature in a steady range. In training it uses the mini-batch's own mean $\mu$ and variance $\sigma^2$, then lets the network choose a scale γ and a shift β:
#
# $$\hat{x} = \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}}, \qquad y = \gamma\,\hat{x} + \beta$$
#
# A single picture has no batch. So the layer keeps moving averages, which begin at mean 0 and variance 1, and uses *them* in inference. After $n$ updates the share $\text{momentum}^n$ of that beginning is left, where momentum is the layer's own setting: each update keeps this share of the average and adds the rest from the batch. Keras's default is 0.99. **Predict** that share for a hundred updates. The rest of the cell is the layer by hand:

# %%
print(f"left of the initial statistics after 100 updates: {0.99**100:.3f}")
layer = layers.BatchNormalization(momentum=0.9)
layer.build((None, 3))
gamma, beta = np.array([1.0, 2.0, 3.0]), np.array([0.0, -1.0, 5.0])
layer.set_weights([gamma, beta, np.zeros(3), np.ones(3)])
batch = np.random.default_rng(0).normal([0, 2, -5], [1, 3, 9], size=(50, 3)).astype("float32")

mean, variance = batch.mean(axis=0), batch.var(axis=0)
by_hand = gamma * (batch - mean) / np.sqrt(variance + layer.epsilon) + beta
difference = by_hand - layer(batch, training=True)
claim("training: by hand − batch norm", difference, equals=0, within=1e-4)
mean, variance = 0.9 * 0 + 0.1 * mean, 0.9 * 1 + 0.1 * variance
by_hand = gamma * (batch - mean) / np.sqrt(variance + layer.epsilon) + beta
difference = by_hand - layer(batch, training=False)
claim("inference: by hand − batch norm", difference, equals=0, within=1e-4)

# %% [markdown]
# In a short run that share is a trap. The training loss looks fine, for it uses the batch; the validation loss is computed with averages that are mostly still the initial ones. We show the same batch 40 times. **Predict** how far the averages get at 0.99 and at 0.9.

# %%
for momentum in (0.99, 0.9):
    layer = layers.BatchNormalization(momentum=momentum)
    for _ in range(40):
        layer(batch, training=True)
    print(f"{momentum}: {np.mean(layer.moving_mean / batch.mean(axis=0)):.2f} of the way")

# %% [markdown]
# A third of the way against nearly all of it. A network that trained for forty updates at 0.99 is not bad, only misjudged; in short runs take 0.9.
#
# ## Compare the cures
#
# The overfitting network again, untreated and with one cure each. **Weight decay** shrinks every weight by the share $\eta\lambda$ at each step. For plain descent that is the L2 penalty $\frac{\lambda}{2}\lVert w \rVert^2$ of lesson 01; Adam would divide the penalty by the gradient's size, so `AdamW` decays outside of it (exercise 4). Our λ = 4 looks large, but with η = 0.001 it is 0.4 % a step; Keras's default λ is 0.004. **Predict** which curves turn.


# %% name="cures" alt="Validation loss against epoch for the network of 256 + 256 units. Untreated it turns after a few epochs and climbs, unevenly. With weight decay and with dropout it falls more slowly, and in the second half of the epochs both curves lie below the untreated one."
val_losses, adamw = {"untreated": large["val_loss"]}, optimizers.AdamW(weight_decay=4.0)
val_losses["weight decay"] = fit(network(hidden(256), hidden(256)), adamw)["val_loss"]
drop = layers.Dropout(0.5), layers.Dropout(0.5)
val_losses["dropout"] = fit(network(hidden(256), drop[0], hidden(256), drop[1]))["val_loss"]
plots.curves(None, val_losses, "epoch", "validation loss").set(ylim=(0.4, 1.2))
plt.show()
second_half = {}
for name, val_loss in val_losses.items():
    second_half[name] = np.mean(val_loss[10:])
    print(f"{name:13} validation loss, mean of epochs 11 to 20: {second_half[name]:.3f}")
untreated = second_half["untreated"]
by_dropout = untreated - second_half["dropout"]
by_decay = untreated - second_half["weight decay"]
claim("epochs 11 to 20, untreated − dropout", by_dropout, at_least=0)
claim("epochs 11 to 20, untreated − weight decay", by_decay, at_least=0)

# %% [markdown]
# Both keep the curve low where the untreated one has long turned; neither replaces data. They put the turn off, they do not forbid it: look at the last epochs, where the curve with weight decay may begin to climb as well. Batch normalisation is missing on purpose: it eases the descent, also the descent into learning by heart, and helps most in networks far deeper than ours.
#
# ## Stop early, and keep the best
#
# The cheapest cure is to stop at the turn: watch the validation loss, and give up after `patience` epochs without a new best. By default `EarlyStopping` leaves you the weights of the *last* epoch, `patience` epochs past the best; ask for `restore_best_weights=True`. `ModelCheckpoint` also saves the best model to a file on the way.

# %% tags=["nbval-ignore-output"] name="early-stopping"
folder = tempfile.TemporaryDirectory()
file = f"{folder.name}/best.keras"
checkpoint = keras.callbacks.ModelCheckpoint(file, monitor="val_loss", save_best_only=True)
patient = keras.callbacks.EarlyStopping(patience=4, restore_best_weights=True)
model = network(hidden(256), hidden(256))
val_loss = fit(model, epochs=100, callbacks=[patient, checkpoint])["val_loss"]
print(f"validation loss: best {min(val_loss):.3f}, last {val_loss[-1]:.3f}")
kept = model.evaluate(x_val, y_val, batch_size=3000, verbose=0)[0]
loaded = keras.models.load_model(file)
with claim_table():
    claim("epochs run, of 100", len(val_loss), at_most=50)
    claim("epochs past the best one", len(val_loss) - 1 - np.argmin(val_loss), equals=4)
    claim("restored model's loss − best loss", kept - min(val_loss), equals=0, within=1e-4)
    claim("scores, loaded − restored model", loaded(x_val) - model(x_val), equals=0, within=1e-4)

# %% [markdown]
# The weights in memory and in the file are those of the turn. The `.keras` file holds layers, weights and the optimiser's state, so `load_model` needs no code of ours; `model.save("name.keras")` writes any model the same way.
#
# ## Search the settings
#
# Learning rate, width, dropout rate: **hyperparameters** are what descent cannot learn. KerasTuner tries combinations and keeps score on the validation set. We write what one trial is, our own `fit` with the settings that it draws, and let it draw four times; the table shows the best first. **Predict** which setting matters most.


# %% tags=["nbval-ignore-output"]
class Search(keras_tuner.RandomSearch):
    def run_trial(self, trial, **_):
        settings = trial.hyperparameters
        drop = layers.Dropout(settings.Choice("dropout", [0.0, 0.3, 0.6]))
        model = network(hidden(settings.Choice("units", [16, 64, 256])), drop)
        rate = settings.Float("learning_rate", 3e-4, 1e-2, sampling="log")
        return min(fit(model, optimizers.Adam(rate), epochs=4)["val_loss"])


tuner = Search(max_trials=4, seed=0, directory=folder.name)
tuner.search(verbose=0)
for trial in tuner.oracle.get_best_trials(4):
    print(f"loss {trial.score:.2f}", trial.hyperparameters.values)

# %% [markdown]
# A starved network, with few units or a small η, stands out at the bottom, though four draws cannot tell which of the two matters more; the best rows differ by little more than luck. And the winner's score is too good by that luck, since the validation set has *chosen* it. That is what the test set is for.
#
# ## Hold it against honest baselines, and open the test set once
#
# A **support vector machine** (SVM) separates classes by the widest margin, linearly or, with an RBF kernel, by similarity to training examples; a **random forest** averages many decision trees. All three and a network train on the same 3,000 pictures; their settings were chosen on the validation set. **Predict** the ranking, and whose prediction is slowest.


# %%
class Network(base.ClassifierMixin, base.BaseEstimator):
    def fit(self, x, y):
        parts, self.classes_ = [hidden(256), layers.Dropout(0.3)], np.unique(y)
        self.model_ = network(*parts, inputs=x.shape[1], outputs=len(self.classes_))
        self.model_.compile("adam", cross_entropy, steps_per_execution=20)
        fit_steps(self.model_, x, y, np.random.default_rng(0), num_steps=len(x) // 4)
        return self

    def predict(self, x):
        return self.model_.predict(x, batch_size=2000, verbose=0).argmax(axis=1)


contest = {"linear SVM": svm.SVC(kernel="linear", C=0.1), "RBF SVM": svm.SVC(C=10)}
contest["random forest"] = ensemble.RandomForestClassifier(100, n_jobs=2, random_state=0)
contest["network"] = Network()

# %% name="contest"
on_test = {}
for name, model in contest.items():
    began = time.perf_counter()
    model.fit(x_pool[:3000], y_pool[:3000])
    trained = time.perf_counter()
    on_test[name] = model.score(x_test, data.y_test)
    predicted = time.perf_counter()
    seconds = f"training {trained - began:.2f} s, prediction {predicted - trained:.2f} s"
    print(f"{name:13}  accuracy {on_test[name]:.3f}, {seconds}")
difference = on_test["network"] - on_test["RBF SVM"]
claim("accuracy on the test set, all four", list(on_test.values()), at_least=0.78)
claim("accuracy, network − RBF SVM", difference, at_least=-0.05, at_most=0.02)

# %% [markdown]
# No victory for the network: on 3,000 pictures the RBF SVM is about its equal, with fewer settings. The seconds depend on your machine; what decides them does not. To train, an SVM compares the pictures with each other, so four times as many take about sixteen times as long; the network goes through its pictures, so four times as many take four times as long. To predict, the SVM compares each new picture with a large part of the old ones, and the network needs two matrix products, however many it was trained on. What speaks for networks comes later: they go on improving with ever more data, and can be built to fit pictures (lesson 04).
#
# Now a small table: 569 tumours with 30 features. Here even a test set would be small, and its verdict luck. **Cross-validation** lets every example test once: split into five **folds**, hold out each in turn, average. The pipeline fits the scaler anew in each round, so nothing leaks. **Predict:** does depth win, and how far do the folds of one model scatter?

# %% name="cross-validation" alt="Accuracy of five models on the tumours, one row a model: five grey dots for the folds and a green diamond for their mean. The dots of one row scatter further than the diamonds of different rows; the network's diamond lies about where that of one neuron lies."
tumours, scores = load_breast_cancer(), {}
folds = model_selection.StratifiedKFold(5, shuffle=True, random_state=0)
for name, model in {"one neuron": linear_model.LogisticRegression(), **contest}.items():
    scaled = pipeline.make_pipeline(preprocessing.StandardScaler(), model)
    scores[name] = model_selection.cross_val_score(scaled, tumours.x, tumours.y, cv=folds)
    plt.plot(scores[name], [name] * 5, "o", color=plots.REFERENCE, alpha=0.6)
    plt.plot(scores[name].mean(), name, "D", color=plots.HIGHLIGHT)
plt.xlabel("accuracy on the tumours held out")
plt.show()
means = {}
for name, values in scores.items():
    means[name] = values.mean()
    folds = f"folds {values.min():.3f} to {values.max():.3f}"
    print(f"{name:13}  mean accuracy {means[name]:.3f}, {folds}")
claim("mean accuracy, all five", list(means.values()), at_least=0.93)
advantage = means["network"] - means["one neuron"]
claim("mean accuracy, network − one neuron", advantage, at_most=0.01)

# %% [markdown]
# It does not: one neuron does as well as a network with thousands of weights, and is explained in a minute. And one fold can promise anything along its row of grey dots; trust the means, and differences between *them* only if they are larger than this scatter. On small tables begin with the simple model, and let the deep one prove itself.
#
# ## Start from what another network knows
#
# So far every network began at random. Three **protocols**, a preview of lesson 06:
#
# | protocol | first layers begin | and then |
# |---|---|---|
# | random start | at random | are trained |
# | pre-training | with another network's knowledge | stay **frozen**; only a new last layer is trained |
# | pre-training + **fine-tuning** | with another network's knowledge | are trained further |
#
# Our new task has 100 labelled pictures from a grainy camera; the old network is the one above, trained on 3,000 clean pictures. One hundred pictures are few, so we draw them three times and take the mean. **Predict** the order of the three.

# %% name="protocols"
grainy = (x_val + np.random.default_rng(0).normal(0, 0.4, x_val.shape)).astype("float32")
knowledge = contest["network"].model_.layers[0].get_weights()
results = {}
for protocol in ("random start", "frozen", "fine-tuned"):
    accuracies = []
    for draw in range(3):
        few = slice(100 * draw, 100 * draw + 100)  # other pictures each time
        first = hidden(256)
        model = network(first)
        if protocol != "random start":
            first.set_weights(knowledge)
        first.trainable = protocol != "frozen"
        model.compile(optimizers.Adam(0.003), cross_entropy, steps_per_execution=20)
        random = np.random.default_rng(draw)
        fit_steps(model, grainy[few], y_val[few], random, num_steps=200)
        answers = np.argmax(model(grainy[300:]), axis=1)
        accuracies.append(np.mean(answers == y_val[300:]))
    results[protocol] = np.mean(accuracies)
    print(f"{protocol:12}  mean accuracy {results[protocol]:.3f}")
gain = results["frozen"] - results["random start"]
claim("accuracy, frozen − random start", gain, at_least=0.03)

# %% [markdown]
# What was learned on clean pictures is worth a lot through the grain, where a hundred examples say little. Fine-tuning has all the weights to spoil with those hundred; it comes into its own with more examples and a smaller η. Lesson 06 transfers a network that has seen a million photographs.
#
# ## Recap
#
# - The loop is batch, forward pass, loss, backpropagate, update; `fit` runs it, and momentum and Adam change only the last step.
# - Four times the batch halves the gradient's error; a learning rate that falls is fast first and exact last.
# - A gap between the curves is overfitting, two high curves underfitting; learning curves say what data would bring, folds how far to trust it.
# - Weight decay shrinks, dropout drops and rescales, batch normalisation keeps two sets of statistics, early stopping must restore the best weights.
# - Settings are chosen on validation data, the best model is saved, simple baselines stand beside it, and the test set speaks once.
#
# ## Exercises
#
# Five exercises, with checks, hints and solutions: [exercises/03_training_deep_networks.ipynb](exercises/03_training_deep_networks.ipynb).
#
# ## Further reading
#
# - Goodfellow, Bengio and Courville, *Deep Learning* (2016), chapters 7 and 8: regularisation and optimisation, with the derivations.
# - Srivastava and others (2014), "Dropout", *JMLR* 15: why dropping units works, and at which rates.
# - Ioffe and Szegedy (2015), "Batch normalization", *ICML*: the layer that we rebuilt, in one page of algorithm.
# - Loshchilov and Hutter (2019), "Decoupled weight decay regularization", *ICLR*: why Adam needs a W.
# - Grinsztajn, Oyallon and Varoquaux (2022), "Why do tree-based models still outperform deep learning on typical tabular data?", *NeurIPS*: our last table, on a grand scale.
