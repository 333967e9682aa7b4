"""Print seconds and robust accuracy of the lesson's PGD, Foolbox and ART, side by side.

500 pictures, 20 steps, on the standard network of lesson 09. Each is set up once and attacks once
to warm up, neither of which counts, then three times; the fastest counts. Needs
`pip install -e .[oracle]`. Run it alone on an idle machine:
python tests/bench/attacks.py
"""

import functools
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import test_oracle_attacks as oracle
from lesson_code import functions_of

from course_utils import data


def main():
    lesson = functions_of("09_adversarial_examples", oracle.NAMES)
    fashion = data.load_fashion_mnist()
    x = fashion.x_test[:500, ..., np.newaxis].astype("float32") / 255
    y = fashion.y_test[:500]
    model = lesson.network("fashion_standard")
    attacks = {
        "lesson 09": functools.partial(oracle.ours, lesson),
        "Foolbox": oracle.foolboxs,
        "ART": oracle.arts,
    }
    for norm, epsilon in (("linf", 0.1), ("l2", 1.5)):
        print(f"{norm}, ε = {epsilon}")
        for name, prepare in attacks.items():
            attack = prepare(model, norm, epsilon)
            x_adv, seconds = attack(x, y), []
            for _ in range(3):
                began = time.perf_counter()
                attack(x, y)
                seconds.append(time.perf_counter() - began)
            robust = np.mean(lesson.predict(model, x_adv) == y)
            print(f"  {name:10}{min(seconds):8.2f} s   robust accuracy {robust:.3f}")


if __name__ == "__main__":
    main()
