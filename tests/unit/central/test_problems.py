from cardcore import wire
from central.errors import CentralError, ConfigError, ConflictError, Kind
from central.problems import PROBLEMS, problem_answer


def test_every_fault_has_an_answer() -> None:
    assert PROBLEMS.keys() == set(Kind)
    for kind in Kind:
        answer = problem_answer(CentralError(kind, "why"))
        problem = wire.parse(answer.body, wire.Problem)
        assert problem.type == f"urn:gatepost:problem:{kind.value}"
        assert answer.status == problem.status >= 400


def test_a_mark_stands_in_the_problem() -> None:
    answer = problem_answer(ConflictError(Kind.GAP, "why", 7))
    assert wire.parse(answer.body, wire.Problem).mark == 7


def test_what_only_the_operator_may_know_is_left_out() -> None:
    fault = ConfigError(field="database_url", value="secret", hint="is wrong")
    assert b"secret" not in problem_answer(fault).body
