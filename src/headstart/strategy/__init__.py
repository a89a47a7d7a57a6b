"""How much to retrain, and what the evidence says in words."""

from headstart.strategy._advice import Advice, DepthProposal, Machine, advise_on
from headstart.strategy._budget import parse_budget
from headstart.strategy._candidate import (
    Candidate,
    Question,
    Standing,
    classes_of,
    labelled,
    outputs_of,
)
from headstart.strategy._choice import Choice, choose
from headstart.strategy._epochs import EpochChoice, honest_epochs
from headstart.strategy._findings import Entrant, Findings, find
from headstart.strategy._helper_choice import HelperChoice, HelperSet, choose_helpers
from headstart.strategy._helpers import HelperRanking, rank_helpers
from headstart.strategy._honest import honest_predictions
from headstart.strategy._label_worth import LabelWorth, most_telling, worth_in_labels
from headstart.strategy._ladder import next_rung, pays, propose
from headstart.strategy._missing import Missing, Missingness, missingness
from headstart.strategy._repeats import repeats_for
from headstart.strategy._rungs import ALL, HEAD, Rung, resolve, rungs_of
from headstart.strategy._several_tasks import ALIKE, natural_focus
from headstart.strategy._source import FAR_MORE, SourceAdvice, judge_source, times
from headstart.strategy._sweep import sweep_sentences
from headstart.strategy._tasks_verdict import tasks_verdict
from headstart.strategy._temperature import tempered
from headstart.strategy._together import TaskVerdict, Together, judge_together
from headstart.strategy._verdict import verdict
from headstart.strategy._worth import NEGLIGIBLE

__all__ = [
    "ALIKE",
    "ALL",
    "FAR_MORE",
    "HEAD",
    "NEGLIGIBLE",
    "Advice",
    "Candidate",
    "Choice",
    "DepthProposal",
    "Entrant",
    "EpochChoice",
    "Findings",
    "HelperChoice",
    "HelperRanking",
    "HelperSet",
    "LabelWorth",
    "Machine",
    "Missing",
    "Missingness",
    "Question",
    "Rung",
    "SourceAdvice",
    "Standing",
    "TaskVerdict",
    "Together",
    "advise_on",
    "choose",
    "choose_helpers",
    "classes_of",
    "find",
    "honest_epochs",
    "honest_predictions",
    "judge_source",
    "judge_together",
    "labelled",
    "missingness",
    "most_telling",
    "natural_focus",
    "next_rung",
    "outputs_of",
    "parse_budget",
    "pays",
    "propose",
    "rank_helpers",
    "repeats_for",
    "resolve",
    "rungs_of",
    "sweep_sentences",
    "tasks_verdict",
    "tempered",
    "times",
    "verdict",
    "worth_in_labels",
]
