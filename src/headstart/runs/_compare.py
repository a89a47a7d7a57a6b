"""Candidates trained on the same examples and judged on the same others."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np

from headstart.activations import ActivationStore, AugmentedPixels, EngineInfo, choose_engine
from headstart.errors import MissingExtraError, SettingError
from headstart.examples import Draw, Examples, fold_draws, part_draws
from headstart.media import Augmentation
from headstart.runs._comparison import Comparison, Design, Evidence
from headstart.runs._contenders import Contender, contenders
from headstart.runs._cut_activations import CutActivations, ViewedPixels
from headstart.runs._depth import can_train
from headstart.runs._events import Note, OnEvent, Progress, ignore
from headstart.runs._fits import Fits
from headstart.runs._journal import Journal
from headstart.runs._prepared import Prepared, prepare
from headstart.runs._pretrain_settings import DEFAULT_ARCHITECTURE, DEFAULT_SIZE
from headstart.runs._settings import TrainSettings, cache_directory
from headstart.runs._train import frozen_features
from headstart.runs._trials import FromScratch, Heads, Trainer, Transferred, Trial
from headstart.runs._ways import WAYS

ALL = "all"
STEP = "Compare"
USUAL_FOLDS = 5

UNHEEDED = ("retrain", "train_stages", "hidden", "head_init", "views", "class_weight",
            "task_weights")  # fmt: skip
"""Settings of a training run that a comparison has no use for."""


@dataclass(frozen=True)
class CompareSettings:
    """What to compare, and on how many examples.

    Attributes:
        names: of the candidates, as of `headstart.runs._contenders.contenders`.
        sizes: examples to train on, in all; ``"all"``: as many as a training part holds.
        draws: of training parts; without a held-out part of the user's, folds of
            cross-validations.
        architecture: of the network that is trained from scratch.
        size: of the photos that it reads, pixels.
        train: the usual network, and how to train.

    Raises:
        SettingError: sizes, draws or settings that cannot be used.
    """

    names: tuple[str, ...]
    sizes: tuple[int | str, ...] = (ALL,)
    draws: int = 5
    architecture: str = DEFAULT_ARCHITECTURE
    size: int = DEFAULT_SIZE
    train: TrainSettings = field(default_factory=TrainSettings)

    def __post_init__(self) -> None:
        wrong = [size for size in self.sizes
                 if size != ALL and not (isinstance(size, int) and size >= 2)]  # fmt: skip
        if wrong or not self.sizes:
            raise SettingError(
                f"sizes {', '.join(map(str, wrong)) or 'are missing'}; expected numbers of "
                "examples, 2 or more, and 'all', as in 10,30,100,all"
            )
        if self.draws < 2:
            raise SettingError(f"draws is {self.draws}; expected 2 or more, to see how much a "
                               "training part matters")  # fmt: skip
        usual = TrainSettings()
        unheeded = [name for name in UNHEEDED if getattr(self.train, name) != getattr(usual, name)]
        if unheeded:
            raise SettingError(
                f"a comparison does not heed {', '.join(unheeded)}; its names say what is "
                "retrained, as in head, 2, SOURCE@2"
            )


def compare(
    examples: Examples,
    settings: CompareSettings,
    *,
    entered: Sequence[Contender] | None = None,
    on_event: OnEvent = ignore,
) -> Comparison:
    """Train each candidate on the same training parts, and predict the same held-out examples.

    Where the user held out a part, that is predicted, by models of several draws from the training
    examples; else the folds of a cross-validation are the draws.

    Args:
        examples: as read by `headstart.examples.read_examples`.
        settings: what to compare.
        entered: the candidates, where names cannot tell; then ``settings.names`` are not read.
        on_event: is told progress and notes.

    Raises:
        SettingError: candidates that cannot be compared, or draws that cannot be divided.
        DataError: too few classes or examples.
        MissingExtraError: a candidate needs training and PyTorch is not installed.
    """
    started = time.perf_counter()
    train = settings.train
    if examples.input_kind != "photo" or len(examples.tasks) > 1:
        raise SettingError(
            "networks are compared on photos and one task; several tasks, or feature vectors, are "
            f"compared with {', '.join(WAYS)}"
        )
    if not {"test", "validation"} & set(examples.parts or ()):
        _folds(settings.draws)  # raises before any work is done
    engine = choose_engine(precision=train.precision, device=train.device, threads=train.threads)
    if entered is None:
        entered = contenders(
            settings.names, train, architecture=settings.architecture, size=settings.size,
            input_kind="photo",
        )  # fmt: skip
    _check_extra(entered)
    directory = cache_directory(train.cache)
    with ActivationStore(directory) as store:
        job = _Job(settings, entered, engine, store, Journal(directory), on_event)
        prepared = job.prepare(examples)
        if train.epochs is not None and any(contender.scratch for contender in entered):
            prepared.notes.append(
                f"epochs is {train.epochs} for the training from scratch too, which needs far more "
                "than that of a pretrained network; leave it out for as many as suit each"
            )
        for note in prepared.notes:
            on_event(Note(note))
        design = _design(prepared, settings)
        sizes = _sizes(settings.sizes, design.draws, prepared, on_event)
        trials = job.run(prepared, design.draws, sizes)
    evidence = Evidence(prepared, entered, design, sizes, trials)
    return Comparison.of(evidence, time.perf_counter() - started)


@dataclass(frozen=True)
class _Job:
    """What every step needs."""

    settings: CompareSettings
    contenders: Sequence[Contender]
    engine: EngineInfo
    store: ActivationStore
    journal: Journal
    on_event: OnEvent

    def prepare(self, examples: Examples) -> Prepared:
        """The examples that take part, with the pooled features of the first pretrained network."""
        first = next(contender for contender in self.contenders if not contender.scratch)
        train = self.settings.train
        passed = frozen_features(
            examples, train, first.backbone, self.engine, self.store, self.on_event
        )
        prepared = prepare(examples, passed)
        if aside := prepared.set_aside:
            named = "; ".join(f"{name} ({why})" for name, why in aside[:3])
            more = f" and {len(aside) - 3:,} more" if len(aside) > 3 else ""
            prepared.notes.append(f"{len(aside):,} left out: {named}{more}")
        return prepared

    def run(
        self, prepared: Prepared, draws: Sequence[Draw], sizes: Sequence[int | None]
    ) -> dict[tuple[int, int, int], Trial]:
        """Every contender (first number) at every size (second) on every draw (third)."""
        trainers = self._trainers(prepared)
        total = len(trainers) * len(sizes) * len(draws)
        found: dict[tuple[int, int, int], Trial] = {}
        for number, size, place in product(
            range(len(draws)), range(len(sizes)), range(len(trainers))
        ):
            done = len(found)

            def tell(share: float, done: int = done) -> None:
                self.on_event(Progress(STEP, done + share, total, "fits"))

            rows = draws[number].rows(sizes[size])
            found[place, size, number] = trainers[place].run(rows, draws[number].held, tell)
            tell(1.0)
        return found

    def _trainers(self, prepared: Prepared) -> list[Trainer]:
        everything = np.arange(len(prepared.sources))
        whole = replace(prepared, train=everything, held_out={})
        shared: dict[str, Heads] = {}
        made: list[Trainer] = []
        for contender in self.contenders:
            if contender.scratch:
                made.append(self._from_scratch(contender, whole))
                continue
            fingerprint = contender.backbone.fingerprint
            if fingerprint not in shared:
                shared[fingerprint] = self._heads(contender, whole)
            fits = self._fits(contender, whole)
            made.append(Transferred(contender, self.settings.train, shared[fingerprint], fits))
        return made

    def _heads(self, contender: Contender, whole: Prepared) -> Heads:
        sources = Examples(whole.sources, (whole.task,), whole.targets[:, None])
        passed = frozen_features(
            sources, self.settings.train, contender.backbone, self.engine, self.store,
            self.on_event,
        )  # fmt: skip
        assert passed.features is not None
        return Heads(
            features=passed.features,
            targets=whole.targets,
            units=whole.units,
            classes=len(whole.task.classes),
            seed=self.settings.train.seed,
            threads=self.engine.threads,
        )

    def _fits(self, contender: Contender, whole: Prepared) -> Fits:
        train = self.settings.train
        limit = None if train.max_cache is None else train.max_cache * 1e6
        activations = CutActivations(
            contender.backbone, self.engine, self.store, whole, 1, limit, self.on_event
        )
        return Fits(contender.backbone, activations, self.journal, whole.targets, whole.hashes)

    def _from_scratch(self, contender: Contender, whole: Prepared) -> FromScratch:
        train = self.settings.train
        pixels = AugmentedPixels(
            whole.sources,
            contender.backbone,
            augmentation=Augmentation(),
            seed=train.seed,
            threads=self.engine.threads,
            folder=self.store.path.parent,
        )
        fits = Fits(
            contender.backbone, ViewedPixels(self.engine, pixels), self.journal, whole.targets,
            whole.hashes,
        )  # fmt: skip
        return FromScratch(contender, train, fits, len(whole.task.classes))


def _check_extra(entered: Sequence[Contender]) -> None:
    trained = [contender.name for contender in entered if contender.rung.trainable]
    if trained and not can_train():
        raise MissingExtraError(f"training {', '.join(trained)}", "train")


def _design(prepared: Prepared, settings: CompareSettings) -> Design:
    targets, units, seed = prepared.targets, prepared.units, settings.train.seed
    if prepared.held_out:
        held = next(iter(prepared.held_out.values()))
        draws = part_draws(targets, units, prepared.train, held, draws=settings.draws, seed=seed)
        return Design(draws, held, None)
    folds, repeats = _folds(settings.draws)
    draws = fold_draws(targets, units, folds=folds, repeats=repeats, seed=seed)
    held = np.unique(np.concatenate([draw.held for draw in draws]))
    return Design(draws, held, len(draws) // repeats)


def _folds(draws: int) -> tuple[int, int]:
    """Folds and repeats of a number of draws: 5 folds where it is a multiple, else one round."""
    if draws % USUAL_FOLDS == 0:
        return USUAL_FOLDS, draws // USUAL_FOLDS
    if draws < 2 * USUAL_FOLDS:
        return draws, 1
    raise SettingError(
        f"{draws} draws cannot be divided into whole cross-validations; give 2 to 9, or a multiple "
        f"of {USUAL_FOLDS}"
    )


def _sizes(
    wanted: Sequence[int | str],
    draws: Sequence[Draw],
    prepared: Prepared,
    on_event: OnEvent,
) -> list[int | None]:
    """The sizes that every training part has, in rising order; ``None`` for all of it."""
    most = min(len(draw.order) for draw in draws)
    numbers = sorted({size for size in wanted if isinstance(size, int)})
    classes = len(prepared.task.classes)
    fewest = 2 * classes
    left_out = [size for size in numbers if not fewest <= size < most]
    if left_out:
        text = (
            f"left out: {', '.join(f'{size:,}' for size in left_out)} examples; a training part "
            f"has {most:,}, and two of each of {classes} classes are the fewest"
        )
        prepared.notes.append(text)
        on_event(Note(text))
    kept: list[int | None] = [size for size in numbers if size not in left_out]
    # What was asked for and is more than there is becomes all there is.
    if ALL in wanted or any(size >= most for size in left_out) or not kept:
        kept.append(None)
    return kept
