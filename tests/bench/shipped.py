"""Print the seconds that the shipped data and the pretrained network take, against their budgets.

Run it alone on an idle machine: python tests/bench/shipped.py
"""

import time

import numpy as np

from course_utils import data, pretrained, shipped


def seconds(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def report(name, taken, budget):
    print(f"{name:32}{taken:8.2f} s   budget {budget} s{'' if taken < budget else '   OVER'}")


def main():
    data.load_breast_cancer()  # imports scikit-learn, which is not the loaders' time
    for name in sorted(data.__all__):
        shipped._checked.clear()  # as in a fresh process: with the checksum
        arguments = ["noto"] if name == "load_emoji" else []
        taken, _ = seconds(lambda: getattr(data, name)(*arguments))  # noqa: B023
        report(name, taken, 0.5)
    taken, model = seconds(pretrained.efficientnet_lite0)
    report("efficientnet_lite0()", taken, 3)
    photos = data.load_photos().x
    images = pretrained.preprocess(np.concatenate([photos] * 7)[:64])
    model.predict(images[:32], verbose=0)
    taken, _ = seconds(lambda: model.predict(images, verbose=0))
    report("64 images", taken, 4)


if __name__ == "__main__":
    main()
