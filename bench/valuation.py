"""`python -m bench valuation`: calculations a second of every method, and the time of a simulation of 100,000 draws.

Inputs are the examples of the methods' own fields. Beside the simulation stands plain numpy computing the same thing,
with the library's own generators and sums, as the limit. Prints JSON: medians over rounds, and ratios of one run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from app.valuations.methods import METHODS, Method

SIMULATION = "monte_carlo"


def options(arguments: Sequence[str]) -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m bench valuation", description=__doc__)
    ask.add_argument("--rounds", type=int, default=7)
    ask.add_argument("--seconds", type=float, default=0.2, help="how long one method is computed in one round")
    ask.add_argument("--draws", type=int, default=100_000)
    return ask.parse_args(arguments)


def example(method: Method[Any]) -> dict[str, Any]:
    fields = ((name, info.json_schema_extra) for name, info in method.inputs.model_fields.items())
    return {name: extra["example"] for name, extra in fields if isinstance(extra, dict) and "example" in extra}


def per_second(work: Callable[[], Any], seconds: float) -> float:
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds or not done:
        work()
        done += 1
    return done / took


def methods(rounds: int, seconds: float) -> dict[str, Any]:
    """Of every method: a calculation alone, and one that reads its inputs from JSON types as callers send them."""
    found: dict[str, dict[str, list[float]]] = {n: {"calculate": [], "read_and_calculate": []} for n in METHODS}
    for _ in range(rounds):  # round by round, so that a busy moment of the machine falls on all of them
        for name, method in METHODS.items():
            if name == SIMULATION:
                continue
            given = example(method)
            inputs = method.inputs.model_validate(given)
            works = {
                "calculate": lambda m=method, i=inputs: m.calculate(i),
                "read_and_calculate": lambda m=method, g=given: m.calculate(m.inputs.model_validate(g)),
            }
            for key, work in works.items():
                found[name][key].append(per_second(work, seconds / 2))
    return {
        name: {f"{key}_per_second": round(statistics.median(each)) for key, each in timed.items()}
        for name, timed in found.items() if name != SIMULATION
    }  # fmt: skip


def plain_numpy(given: dict[str, Any], draws: int, seed: int) -> dict[str, float]:
    """The example of the simulation in the shortest numpy: a triangular discount rate and a PERT royalty, correlated by
    the ranks of two normal variables, a lognormal last revenue; relief from royalty after tax; mean and quantiles."""
    rng = np.random.default_rng(seed)
    inputs = given["inputs"]
    rate, royalty, revenue = given["spreads"]
    low, mode, high = (float(royalty[k]) for k in ("low", "likely", "high"))
    at = (mode - low) / (high - low)
    rates = rng.triangular(*(float(rate[k]) for k in ("low", "likely", "high")), size=draws)
    royalties = low + (high - low) * rng.beta(1 + 4 * at, 5 - 4 * at, size=draws)
    coefficient = float(given["correlations"][0]["coefficient"])
    normal = rng.standard_normal((2, draws))
    normal[1] = coefficient * normal[0] + np.sqrt(1 - coefficient**2) * normal[1]
    for column, z in ((rates, normal[0]), (royalties, normal[1])):
        order = np.argsort(z)
        column[order] = np.sort(column)
    mean, deviation = float(revenue["mean"]), float(revenue["deviation"])
    variance = np.log(1 + (deviation / mean) ** 2)
    last = np.exp(np.log(mean) - variance / 2 + np.sqrt(variance) * rng.standard_normal(draws))
    sales = [float(v) for v in inputs["revenue"]]
    upkeep, keep = float(inputs["upkeep"][0]), 1 - float(inputs["tax_rate"])
    values = sum((r * royalties - upkeep) * keep / (1 + rates) ** (n + 1) for n, r in enumerate([*sales[:-1], last]))
    p10, p50, p90 = np.percentile(values, [10, 50, 90])
    return {
        "mean": float(values.mean()), "standard_error": float(values.std(ddof=1) / np.sqrt(draws)),
        "p10": float(p10), "p50": float(p50), "p90": float(p90), "negative": float((values < 0).mean()),
    }  # fmt: skip


def simulation(rounds: int, draws: int) -> dict[str, Any]:
    method = METHODS[SIMULATION]
    given = example(method) | {"draws": draws}
    inputs = method.inputs.model_validate(given)
    ours, limit = [], []
    result = method.calculate(inputs)  # warm: the table of the normal distribution is made once a process
    bare = plain_numpy(given, draws, 1)
    apart = abs(float(result.figure("mean")) - bare["mean"])
    error = float(result.figure("standard_error")) + bare["standard_error"]
    if apart > 4 * error:
        raise RuntimeError(f"the limit computes something else: {result.figure('mean')} against {bare['mean']}")
    for n in range(rounds):
        began = time.perf_counter()
        method.calculate(inputs)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        plain_numpy(given, draws, n)
        limit.append(time.perf_counter() - began)
    return {
        "draws": draws, "uncertain_inputs": len(given["spreads"]), "correlations": len(given["correlations"]),
        "seconds": round(statistics.median(ours), 4), "plain_numpy_seconds": round(statistics.median(limit), 4),
        "ratio": round(statistics.median(a / b for a, b in zip(ours, limit, strict=True)), 2),
        "each": [round(s, 4) for s in ours], "aim_seconds": 2,
        "mean": float(result.figure("mean")), "plain_numpy_mean": bare["mean"], "standard_error": bare["standard_error"],
    }  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    opt = options(arguments)
    found = {
        "python": sys.version.split()[0], "numpy": np.__version__, "rounds": opt.rounds,
        "simulation": simulation(opt.rounds, opt.draws), "methods": methods(opt.rounds, opt.seconds),
    }  # fmt: skip
    print(json.dumps(found, indent=1, ensure_ascii=False))
