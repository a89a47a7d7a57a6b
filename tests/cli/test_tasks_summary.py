"""What ``headstart compare`` prints of ways to learn several tasks."""

from __future__ import annotations

from tests.report.tasks_documents import (
    HARMS,
    HELPS,
    OPEN,
    SAME,
    Interval,
    a_missing,
    a_tasks_comparison,
    fewer_labels,
)

from headstart.cli._tasks_summary import tasks_summary


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_verdicts_ways_and_tasks() -> None:
    given: dict[str, Interval] = {"stop": OPEN, "light": HELPS, "car": HARMS, "bus": None}
    said = lines(tasks_summary(a_tasks_comparison(given)))
    assert said[0].startswith("joint against separate, by AUROC: joint helps 1 of 4 tasks (light)")
    assert said[1].startswith("on average over 3 tasks it cannot be told which is better: AUROC ")
    assert said[2].startswith("joint against separate, by log loss: joint helps 1 of 4 tasks")
    assert said[3].startswith("joint against head, by AUROC: joint helps none of 4 tasks")
    assert said[5:10] == [
        "",
        "mean AUROC mean log loss networks numbers fitted seconds",
        "joint 0.876 (0.833 to 0.912) 0.369 (0.319 to 0.429) 1 1,234,567 12.2",
        "separate 0.876 (0.833 to 0.912) 0.369 (0.319 to 0.429) 4 1,234,567 12.2",
        "head 0.876 (0.833 to 0.912) 0.369 (0.319 to 0.429) 1 1,234,567 12.2",
    ]
    assert said[11:16] == [
        "joint less separate known AUROC, points log loss",
        "light 50 +6.0 (+2.0 to +10.0) helps −0.060 (−0.100 to −0.020) helps",
        "stop 50 +0.0 (−10.0 to +10.0) cannot tell +0.000 (−0.100 to +0.100) cannot tell",
        "car 50 −6.0 (−10.0 to −2.0) harms +0.060 (+0.020 to +0.100) harms",
        "bus 50 - not compared - not compared",
    ]
    assert said[-1] == "shared: 1 of 9 stages retrained; 65 s"
    assert len(said) == 18


def test_a_sweep_and_unknown_labels() -> None:
    found = a_tasks_comparison(sweep={4: HARMS, 1024: SAME},
                               missing=[a_missing("light", 200, auroc=0.8)])  # fmt: skip
    text = tasks_summary(found)
    said = lines(text)
    assert "shared, 97.5 % each AUROC, points harms log loss harms" in said
    assert "4 −6.0 (−10.0 to −2.0) harms 1 of 3 +0.060 (+0.020 to +0.100) harms 1 of 3" in said
    assert (
        "1,024 +0.0 (−1.0 to +1.0) no gain 1 of 3 +0.000 (−0.010 to +0.010) no gain 1 of 3" in said
    )
    assert "by AUROC, on average over 3 tasks harm ends between 4 and 1,024: joint harms" in text
    assert "labels are not unknown at random in 1 of 3 tasks" in said


def test_networks_and_fewer_labels() -> None:
    given: dict[str, Interval] = {"stop": OPEN, "light": HELPS}
    less = [fewer_labels(given, 0.5, "random"), fewer_labels(given, 0.5, "rare")]
    said = lines(
        tasks_summary(a_tasks_comparison(given, sweep={"timm:x": SAME}, fewer_labels=less))
    )
    assert (
        "timm:x +0.0 (−1.0 to +1.0) no gain 0 of 2 +0.000 (−0.010 to +0.010) no gain 0 of 2" in said
    )
    auroc = "0.876 (0.833 to 0.912)"
    start = said.index(
        "trained on labels joint, mean AUROC separate, mean AUROC head, mean AUROC "
        "joint less separate"
    )
    assert said[start + 1].startswith(f"all labels 300 {auroc} {auroc} {auroc} ")
    assert said[start + 2].startswith(f"50 % hidden 150 {auroc}")
    assert said[start + 3].startswith(f"50 % hidden, rarer more 150 {auroc}")
    assert said[start + 3].endswith("cannot tell")


def test_of_hundreds_the_largest_on_both_ends_are_printed() -> None:
    given: dict[str, Interval] = {
        f"t{place}": (place / 1000 - 0.1, place / 1000 + 0.1) for place in range(100)
    }
    given |= {f"none {place}": None for place in range(20)}
    said = lines(tasks_summary(a_tasks_comparison(given)))
    start = next(place for place, line in enumerate(said) if line.startswith("joint less separate"))
    names = [line.split(" 50 ")[0] for line in said[start + 1 : said.index("", start)]]
    assert names == [
        *(f"t{99 - place}" for place in range(10)),
        "and 100 more",
        *(f"t{9 - place}" for place in range(10)),
    ]
    few: dict[str, Interval] = {f"none {place}": None for place in range(40)}
    few |= {f"t{place}": OPEN for place in range(20)}
    said = lines(tasks_summary(a_tasks_comparison(few)))
    start = next(place for place, line in enumerate(said) if line.startswith("joint less separate"))
    rows = said[start + 1 : said.index("", start)]
    assert (len(rows), rows[-1]) == (31, "and 30 more")
    assert [row.split()[0][0] for row in rows[:-1]] == ["t"] * 20 + ["n"] * 10


def test_names_are_printable() -> None:
    text = tasks_summary(a_tasks_comparison({"a\x1b[31m": HELPS, "b\nc": HARMS}))
    assert text.replace("\n", "").isprintable()
    assert "a\\x1b[31m" in text
    assert "b\\nc" in text
