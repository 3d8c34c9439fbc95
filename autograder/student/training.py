"""Training that a student can watch, stop and continue; weights that outlive a Keras version."""

import math
import os
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

MOMENTUM = 0.9  # of BatchNormalization's moving statistics: in a short training, Keras's 0.99 lags far behind
HELD_OUT = 0.1  # of the training pictures, to choose the best weights by
WARM_UP = 0.05  # of the time, in which the learning rate grows
SHOW_EVERY = 3  # seconds between two lines of progress
ENOUGH = 5  # epochs below which a training has hardly begun


def train(model, X, y, minutes=3, name="", batch_size=32, learning_rate=1e-3, seed=0, augment=None):
    """Train a classifier for some minutes, and leave the best weights in it.

    model: a keras.Model that puts out probabilities, of shape (batch, classes); it is compiled here, with Adam.
    X, y:  pictures, float32 of shape (n, rows, columns, channels), and classes, integers of shape (n,).
           A tenth of them is held out: after each epoch it tells which weights are the best so far.
    minutes: how long, without the first step, in which Keras compiles the model. The learning rate rises for 5 % of it,
           then falls to 0 along a cosine. Where they are too few for this machine, that is said, with what would do.
    augment: if given, a Keras layer or model (or a function) that changes the pictures of a batch, anew each time they
           are trained on; it is called with training=True. The pictures held out stay as they are.
    name:  if given, the best weights are kept in weights/NAME.npz as well, see `load_weights`.
    The stop button (or I, I on the keyboard) ends the training early, and nothing is lost; another call goes on.
    Returns a list with a dict for each epoch: seconds, loss, accuracy, held_out (accuracy on the pictures held out).
    """
    minutes = min(minutes, float(os.environ.get("RESIDUAL_NETWORKS_MINUTES", minutes)))  # tests have less patience
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = MOMENTUM
    keras.utils.set_random_seed(seed)
    order = np.random.default_rng(seed).permutation(len(X))
    held = max(1, int(HELD_OUT * len(X)))
    watch = _Watch(minutes * 60, learning_rate, math.ceil((len(X) - held) / batch_size), name)
    model.compile(keras.optimizers.Adam(learning_rate), loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    said = f"{len(X) - held} pictures to learn from, {held} held out; {minutes:g} minute{'s' * (minutes != 1)}, counted "
    print(said + "after the first step, in which Keras compiles the network.")
    try:
        # All variables are there before the first step: else Keras traces that step twice, which takes twice as long.
        model.optimizer.build(model.trainable_variables)
        model.evaluate(X[order[:held]], y[order[:held]], verbose=0)
        model.fit(
            _batches(X[order[held:]], y[order[held:]], batch_size, seed, augment),
            epochs=100_000,
            shuffle=False,  # `_batches` does
            verbose=0,
            callbacks=[watch],
            validation_data=(X[order[:held]], y[order[:held]]),
        )
    except KeyboardInterrupt:
        print("\nStopped by you. Run the cell again to go on from the best weights so far.")
    if watch.best is not None:
        model.set_weights(watch.best)
        watch.say_best()
    return watch.epochs


def _batches(X, y, batch_size, seed, augment):
    """The pictures and classes as a tf.data.Dataset, in another order each epoch, changed by `augment`."""
    batches = tf.data.Dataset.from_tensor_slices((X, y)).shuffle(len(X), seed=seed).batch(batch_size)
    if augment is not None:
        batches = batches.map(lambda pictures, classes: (augment(pictures, training=True), classes), num_parallel_calls=2)
    return batches.prefetch(2)


class _Watch(keras.callbacks.Callback):
    """Progress with the time left, the schedule of the learning rate, the end of the time, and the best weights."""

    def __init__(self, seconds, learning_rate, steps, name):
        super().__init__()
        self.seconds, self.learning_rate, self.steps, self.name = seconds, learning_rate, steps, name
        self.epochs, self.best, self.loss, self.shown = [], None, math.inf, 0.0
        self.start = None  # nothing is compiled yet

    def say_best(self):
        print(
            f"The best epoch got {max(e['held_out'] for e in self.epochs):.2f} of the held-out pictures right; its weights "
            "are in the model now." + (f" They are kept in {weights_file(self.name)}." if self.name else "")
        )

    def on_train_batch_begin(self, batch, logs=None):
        part = min(1.0, (time.monotonic() - self.start) / self.seconds) if self.start else 0.0
        rate = part / WARM_UP if part < WARM_UP else (1 + math.cos(math.pi * (part - WARM_UP) / (1 - WARM_UP))) / 2
        self.model.optimizer.learning_rate.assign(self.learning_rate * max(rate, 0.01))

    def on_train_batch_end(self, batch, logs=None):
        if self.start is None:
            self.start = time.monotonic()
            return
        taken = time.monotonic() - self.start
        if taken > self.seconds:
            self.model.stop_training = True
        if not self.epochs and batch == min(5, self.steps - 1):
            self._warn_if_slow(taken / batch * self.steps)
        if taken - self.shown > SHOW_EVERY:
            self.shown = taken
            print(
                f"\r{max(0, self.seconds - taken):4.0f} s left, epoch {len(self.epochs) + 1}, step {batch + 1} of "
                f"{self.steps}: accuracy {logs['accuracy']:.2f}   ",
                end="",
            )

    def _warn_if_slow(self, epoch):
        if self.seconds < ENOUGH * epoch:
            print(
                f"An epoch takes about {epoch:.0f} s here, so {self.seconds / 60:g} minutes are fewer than {ENOUGH} epochs: "
                f"too few. Let it run to see that it works, then set minutes to about {math.ceil(2 * ENOUGH * epoch / 60)}."
            )

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(
            {
                "seconds": time.monotonic() - self.start,
                "loss": logs["loss"],
                "accuracy": logs["accuracy"],
                "held_out": logs["val_accuracy"],
            }
        )
        better = logs["val_loss"] < self.loss
        print(
            f"\rafter epoch {epoch + 1:2} ({self.epochs[-1]['seconds']:3.0f} s): loss {logs['loss']:.2f}, accuracy "
            f"{logs['accuracy']:.2f}, held out {logs['val_accuracy']:.2f}{' *' if better else ''}" + " " * 12
        )
        if better:
            self.loss, self.best = logs["val_loss"], self.model.get_weights()
            if self.name:
                save_weights(self.model, self.name)


# ------------------------------------------------------------------ weights


def weights_file(name):
    """The path of the weights with this name, below the current folder."""
    return Path("weights") / f"{name}.npz"


def save_weights(model, name):
    """Keep a model's weights in weights/NAME.npz: plain arrays in the model's order, kernels in half precision."""
    path = weights_file(name)
    path.parent.mkdir(exist_ok=True)
    arrays = [w.astype("float16") if w.ndim > 1 else w for w in model.get_weights()]
    unfinished = path.with_suffix(".unfinished.npz")
    np.savez(unfinished, *arrays)
    os.replace(unfinished, path)  # a crash leaves the old file or the new one, never half of one


def load_weights(model, name):
    """Put the weights of weights/NAME.npz into a model of the same layers, whichever Keras wrote or reads them.

    Raises FileNotFoundError where there are none, and ValueError where they belong to another model.
    """
    path = weights_file(name)
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist in {Path.cwd()}. Train a model with train(..., name={name!r}) first."
        )
    with np.load(path, allow_pickle=False) as file:
        arrays = [file[f"arr_{k}"].astype("float32") for k in range(len(file.files))]
    wanted, found = [w.shape for w in model.get_weights()], [a.shape for a in arrays]
    if wanted != found:
        place = next((k for k, (a, b) in enumerate(zip(wanted, found)) if a != b), min(len(wanted), len(found)))
        raise ValueError(
            f"{path} holds the weights of another model: {len(found)} arrays for {len(wanted)}, and number "
            f"{place} is the first that does not fit."
        )
    model.set_weights(arrays)
