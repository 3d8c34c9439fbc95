"""The network that a student's code builds, and what the first finding on it is about."""

from dataclasses import dataclass

from .compare import node_differences
from .errors import NO_STEP
from .graph import Graph
from .verdict import Finding, Verdict


@dataclass
class Own:
    """What a student's code builds: the reference's graph, the code's, and {node of the one: its counterpart}."""

    reference: Graph
    graph: Graph
    pairs: dict[int, int]

    def differs(self, index: int, code: str) -> bool:
        """Whether a node of the reference is one that differs as the code of a difference says. Several nodes may be one
        step, as the identity blocks of a stage are; a code that is not about a setting does not tell them apart."""
        if not code.startswith("setting") or index not in self.pairs:
            return not code.startswith("setting")
        found = node_differences(self.reference, index, self.graph, self.pairs[index])
        return code in {difference.code for difference in found}


def difference(verdict: Verdict) -> str:
    """The first difference in a sentence, for those who do not see the drawing."""
    if not verdict.findings:
        return "They are the same."
    finding = verdict.findings[0]
    return f"The next step: {finding.where}." if unwritten(finding) else f"They differ first at: {finding.text()}"


def of_the_whole(finding: Finding) -> bool:
    """Whether a finding is about the function as a whole, and belongs to no step."""
    return finding.where in NO_STEP


def shown_with(reference: Graph, step: str | None) -> str | None:
    """The step whose box shows a step: its own, but that zero padding is shown with the convolution that it belongs to."""
    return next((node.step for node in reference.nodes if node.padding_step and node.padding_step == step), step)


def unwritten(finding: Finding) -> bool:
    """Whether the code is right as far as it goes, and ends where the template says that it is not written."""
    return (finding.error or {}).get("type") == "NotImplementedError"
