"""One step of a block as an expression: what computes the step is right however it is written, and what does not is not."""

import pytest

from tests.helpers.answers import judge_answer

pytestmark = pytest.mark.nightly
BLOCK = """
def identity_block(X, f, filters, initializer=random_uniform):
    F1, F2, F3 = filters
    S = X
    X = BatchNormalization(axis=3)(Conv2D(F1, 1, kernel_initializer=initializer(seed=0))(X))
    X = {relu}
    X = BatchNormalization(axis=3)(Conv2D(F2, f, padding="same", kernel_initializer=initializer(seed=0))(X))
    X = {relu}
    X = {nothing}
    X = BatchNormalization(axis=3)(Conv2D(F3, 1, kernel_initializer=initializer(seed=0))(X))
    X = {add}
    return {relu}
"""
USUAL = {"relu": "Activation('relu')(X)", "nothing": "X", "add": "Add()([X, S])"}
RIGHT = {
    "nothing": """X + 0;X - 0.0;X * 1;X / 1;-(-X);X ** 1;abs(X);X[..., ::-1][..., ::-1]
        layers.Permute((3, 1, 2))(layers.Permute((2, 3, 1))(X));layers.Reshape(X.shape[1:])(X);layers.UpSampling2D(1)(X)
        layers.ZeroPadding2D(0)(X);layers.Cropping2D(0)(X);layers.Dropout(0)(X);layers.GaussianNoise(0)(X);layers.Rescaling(1.)(X)
        layers.MaxPooling2D(1)(X);layers.AveragePooling2D(1)(X);layers.Identity()(X);layers.Lambda(tf.identity)(X)
        layers.Multiply()([X, keras.ops.ones_like(X)]);layers.Average()([X, X]);layers.Maximum()([X, X])
        keras.ops.copy(X);keras.ops.flip(keras.ops.flip(X, 1), 1);keras.ops.concatenate([X[..., :1], X[..., 1:]], axis=-1)
        keras.ops.roll(X, 0, axis=1);keras.ops.clip(X, -np.inf, np.inf);keras.ops.squeeze(keras.ops.expand_dims(X, 1), 1)
        keras.ops.stack([X, X])[0];keras.ops.exp(keras.ops.log(X + 1)) - 1;keras.ops.sqrt(keras.ops.square(X))
        keras.ops.pad(X, [[0, 0]] * 4);layers.UpSampling2D(2)(X)[:, ::2, ::2]
        layers.MaxPooling2D(2)(layers.UpSampling2D(2)(X));keras.Sequential([layers.Identity()])(X)""",
    "relu": """keras.ops.maximum(X, 0);keras.ops.where(X > 0, X, 0);keras.ops.where(X < 0, 0.0, X)
        X * keras.ops.cast(X > 0, "float32");(X + abs(X)) / 2;layers.ELU(alpha=0)(X);keras.ops.leaky_relu(X, 0.0)
        layers.Lambda(tf.nn.relu)(X);keras.activations.get("relu")(X);Activation("relu")(Activation("relu")(X))
        keras.ops.clip(X, 0, np.inf);-keras.ops.minimum(-X, 0);layers.Maximum()([X, keras.ops.zeros_like(X)])
        X - keras.ops.minimum(X, 0);keras.ops.max(keras.ops.stack([X, X * 0]), axis=0);X * (keras.ops.sign(X) + 1) / 2
        keras.activations.relu(X, threshold=0.0);layers.Multiply()([X, keras.ops.cast(keras.ops.greater(X, 0), X.dtype)])""",
    "add": """X + S;S + X;sum([X, S]);layers.Average()([X, S]) * 2;X - (-S);keras.ops.sum(keras.ops.stack([X, S]), axis=0)
        layers.Lambda(lambda p: tf.add_n(p))([X, S]);layers.Maximum()([X, S]) + layers.Minimum()([X, S])
        2 * keras.ops.mean(keras.ops.stack([X, S], axis=-1), axis=-1);layers.Subtract()([X, keras.ops.negative(S)])
        keras.ops.multiply(keras.ops.add(X / 3, S / 3), 3);keras.ops.einsum("abcd->abcd", X) + S;(X * 2 + S * 2) / 2
        layers.Concatenate()([X, S])[..., :F3] + layers.Concatenate()([X, S])[..., F3:]""",
}
WRONG = {
    "nothing": """X + 1e-3;X * 0.999;layers.Dropout(0.1)(X);layers.GaussianNoise(0.1)(X);keras.ops.flip(X, 1)
        keras.ops.roll(X, 1, 3);layers.RandomFlip()(X);keras.ops.stop_gradient(X);BatchNormalization()(X)
        keras.ops.round(X * 1e4) / 1e4;X[:, ::-1]""",
    "relu": """keras.ops.clip(X, 0, 6);keras.ops.clip(X, 0, 1000);abs(X);keras.ops.softplus(X);keras.activations.gelu(X)
        keras.ops.leaky_relu(X, 1e-3);Activation("relu")(X - 1e-3);keras.ops.where(X > 0.01, X, 0);layers.PReLU()(X)
        X * keras.ops.sigmoid(100 * X);layers.ReLU(max_value=20)(X);keras.ops.square(keras.ops.relu(X))
        layers.ReLU(threshold=1e-4)(X);layers.LeakyReLU(negative_slope=1e-5)(X)
        keras.ops.stop_gradient(keras.ops.relu(X))""",
    "add": """X - S;layers.Average()([X, S]);X * S;layers.Maximum()([X, S]);keras.ops.logaddexp(X, S);X + 0.1 * S;X;S
        X + S + X;layers.Add()([X, S, S]);keras.ops.hypot(X, S);X + abs(S);X + S + 1e-3;X + keras.ops.flip(S, 1)
        X + keras.ops.stop_gradient(S);keras.ops.where(X > S, X, S);X + layers.Dropout(0.1)(S)
        X + BatchNormalization()(S)""",
}


def expressions(table):
    """(step, expression) of a table."""
    return [(step, e.strip()) for step, text in table.items() for line in text.split("\n") for e in line.split(";")]


@pytest.mark.parametrize(("step", "expression"), expressions(RIGHT))
def test_what_computes_the_step_is_right(step, expression):
    verdict = judge_answer("identity_block", BLOCK.format(**{**USUAL, step: expression}))
    assert verdict.score == 10, [finding.text() for finding in verdict.findings]


@pytest.mark.parametrize(("step", "expression"), expressions(WRONG))
def test_what_does_not_compute_it_costs_points(step, expression):
    verdict = judge_answer("identity_block", BLOCK.format(**{**USUAL, step: expression}))
    assert verdict.score < 10 and not verdict.held
