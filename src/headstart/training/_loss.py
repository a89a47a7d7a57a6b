"""The loss of several tasks in PyTorch."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from headstart.examples import Outputs


class TaskLoss:
    """Log losses of all tasks at once, unknown labels left out.

    Args:
        outputs: where the tasks' classes stand.
        device: of the logits.
    """

    def __init__(self, outputs: Outputs, device: torch.device) -> None:
        self._tasks = outputs.tasks
        self._blocks = [
            (torch.from_numpy(tasks).to(device), torch.from_numpy(columns).to(device))
            for tasks, columns in outputs.blocks
        ]

    def __call__(
        self, logits: Tensor, targets: Tensor, weights: Tensor, uncertain: Tensor | None = None
    ) -> Tensor:
        """Sum of weighted losses.

        A sum, not a mean over what is known here: the losses of parts of a batch add up to that of
        the whole, and so do their gradients.

        Args:
            logits: float ``(batch, outputs)``.
            targets: int64 ``(batch, tasks)``; what stands where the weight is 0 does not matter.
            weights: float ``(batch, tasks)``, 0 where the label is unknown.
            uncertain: chance of the second class of labels that are not certain, -1 for all
                others, float ``(batch, tasks)``.

        Returns:
            The sum, of no dimension; 0 with a gradient of 0 where no label is known.
        """
        total = logits.new_zeros(())
        for tasks, columns in self._blocks:
            chances = functional.log_softmax(logits[:, columns], dim=-1)
            mattering = weights[:, tasks]
            # An index is looked up also where the label is unknown; any class will do there.
            place = torch.where(mattering > 0, targets[:, tasks], 0).clamp_min(0)
            losses = -chances.gather(2, place[:, :, None])[:, :, 0]
            if uncertain is not None and columns.shape[1] == 2:
                yes = uncertain[:, tasks]
                soft = -(chances[:, :, 1] * yes + chances[:, :, 0] * (1 - yes))
                losses = torch.where(yes >= 0, soft, losses)
            total = total + (losses * mattering).sum()
        return total
