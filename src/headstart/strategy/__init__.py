"""How much to retrain, and what the evidence says in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headstart._lazy import lazy

if TYPE_CHECKING:
    from headstart.strategy._advice import Advice as Advice
    from headstart.strategy._advice import DepthProposal as DepthProposal
    from headstart.strategy._advice import Machine as Machine
    from headstart.strategy._advice import advise_on as advise_on
    from headstart.strategy._budget import parse_budget as parse_budget
    from headstart.strategy._candidate import Candidate as Candidate
    from headstart.strategy._candidate import Question as Question
    from headstart.strategy._candidate import Standing as Standing
    from headstart.strategy._candidate import classes_of as classes_of
    from headstart.strategy._candidate import labelled as labelled
    from headstart.strategy._candidate import outputs_of as outputs_of
    from headstart.strategy._choice import Choice as Choice
    from headstart.strategy._choice import choose as choose
    from headstart.strategy._epochs import EpochChoice as EpochChoice
    from headstart.strategy._epochs import honest_epochs as honest_epochs
    from headstart.strategy._findings import Entrant as Entrant
    from headstart.strategy._findings import Findings as Findings
    from headstart.strategy._findings import find as find
    from headstart.strategy._helper_choice import HelperChoice as HelperChoice
    from headstart.strategy._helper_choice import HelperSet as HelperSet
    from headstart.strategy._helper_choice import choose_helpers as choose_helpers
    from headstart.strategy._helpers import HelperRanking as HelperRanking
    from headstart.strategy._helpers import rank_helpers as rank_helpers
    from headstart.strategy._honest import honest_predictions as honest_predictions
    from headstart.strategy._label_worth import LabelWorth as LabelWorth
    from headstart.strategy._label_worth import most_telling as most_telling
    from headstart.strategy._label_worth import worth_in_labels as worth_in_labels
    from headstart.strategy._ladder import next_rung as next_rung
    from headstart.strategy._ladder import pays as pays
    from headstart.strategy._ladder import propose as propose
    from headstart.strategy._missing import FEWEST_TO_ASK as FEWEST_TO_ASK
    from headstart.strategy._missing import TELLING_FROM as TELLING_FROM
    from headstart.strategy._missing import Missing as Missing
    from headstart.strategy._missing import Missingness as Missingness
    from headstart.strategy._missing import missingness as missingness
    from headstart.strategy._repeats import repeats_for as repeats_for
    from headstart.strategy._rungs import ALL as ALL
    from headstart.strategy._rungs import HEAD as HEAD
    from headstart.strategy._rungs import Rung as Rung
    from headstart.strategy._rungs import resolve as resolve
    from headstart.strategy._rungs import rungs_of as rungs_of
    from headstart.strategy._several_tasks import ALIKE as ALIKE
    from headstart.strategy._several_tasks import natural_focus as natural_focus
    from headstart.strategy._source import FAR_MORE as FAR_MORE
    from headstart.strategy._source import SourceAdvice as SourceAdvice
    from headstart.strategy._source import judge_source as judge_source
    from headstart.strategy._source import times as times
    from headstart.strategy._sweep import sweep_sentences as sweep_sentences
    from headstart.strategy._tasks_verdict import tasks_verdict as tasks_verdict
    from headstart.strategy._temperature import tempered as tempered
    from headstart.strategy._together import TaskVerdict as TaskVerdict
    from headstart.strategy._together import Together as Together
    from headstart.strategy._together import judge_together as judge_together
    from headstart.strategy._verdict import verdict as verdict
    from headstart.strategy._worth import NEGLIGIBLE as NEGLIGIBLE
else:
    __all__, __getattr__, __dir__ = lazy(
        __name__,
        {
            "_advice": ("Advice", "DepthProposal", "Machine", "advise_on"),
            "_budget": ("parse_budget",),
            "_candidate": (
                "Candidate",
                "Question",
                "Standing",
                "classes_of",
                "labelled",
                "outputs_of",
            ),
            "_choice": ("Choice", "choose"),
            "_epochs": ("EpochChoice", "honest_epochs"),
            "_findings": ("Entrant", "Findings", "find"),
            "_helper_choice": ("HelperChoice", "HelperSet", "choose_helpers"),
            "_helpers": ("HelperRanking", "rank_helpers"),
            "_honest": ("honest_predictions",),
            "_label_worth": ("LabelWorth", "most_telling", "worth_in_labels"),
            "_ladder": ("next_rung", "pays", "propose"),
            "_missing": (
                "FEWEST_TO_ASK",
                "TELLING_FROM",
                "Missing",
                "Missingness",
                "missingness",
            ),
            "_repeats": ("repeats_for",),
            "_rungs": ("ALL", "HEAD", "Rung", "resolve", "rungs_of"),
            "_several_tasks": ("ALIKE", "natural_focus"),
            "_source": ("FAR_MORE", "SourceAdvice", "judge_source", "times"),
            "_sweep": ("sweep_sentences",),
            "_tasks_verdict": ("tasks_verdict",),
            "_temperature": ("tempered",),
            "_together": ("TaskVerdict", "Together", "judge_together"),
            "_verdict": ("verdict",),
            "_worth": ("NEGLIGIBLE",),
        },
    )
