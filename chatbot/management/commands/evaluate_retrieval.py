"""manage.py evaluate_retrieval: how good a store's search is, in figures."""

from __future__ import annotations

from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from chatbot import evaluation
from chatbot.management.commands.reembed_store import find_store


class Command(BaseCommand):
    help = (
        "Ask a store judged questions and print NDCG@10, Recall@10 and MRR, by words "
        "alone (lexical), by vectors alone (dense), and as shoppers are answered "
        "(fused).\n\n"
        "QUESTIONS is a file of lines 'id<TAB>text', JUDGEMENTS one of lines "
        "'question id<TAB>product id<TAB>gain'; gains are 1 exact, 0.5 partial, 0 not, "
        "and product ids are the store's own.\n\n"
        "To calibrate a new embedding model, index a store with it and compare weights "
        "with --weights; put the best into the embedder's calibration."
    )

    def create_parser(self, *args: Any, **kwargs: Any) -> CommandParser:
        kwargs["formatter_class"] = RawDescriptionHelpFormatter
        return super().create_parser(*args, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "stores",
            metavar="STORE_ID",
            nargs="+",
            help="ids of the stores to ask, as the API shows them",
        )
        parser.add_argument("--questions", type=Path, required=True, metavar="FILE")
        parser.add_argument("--judgements", type=Path, required=True, metavar="FILE")
        parser.add_argument(
            "--compare",
            nargs=2,
            choices=list(evaluation.RECIPES),
            metavar=("FIRST", "SECOND"),
            help="the difference of two recipes, question by question, with its 95 %% "
            f"interval ({', '.join(evaluation.RECIPES)})",
        )
        parser.add_argument(
            "--weights",
            nargs="+",
            type=float,
            default=[],
            metavar="WEIGHT",
            help="also ask with other weights of the words, such as 0.01 0.02 0.03",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            questions = evaluation.read_questions(
                options["questions"], options["judgements"]
            )
        except evaluation.UnreadableFile as error:
            raise CommandError(str(error)) from None
        if not questions:
            raise CommandError("No question has a judgement above 0.")
        recipes = dict(evaluation.RECIPES)
        for weight in options["weights"]:
            recipes[f"fused, weight {weight:g}"] = evaluation.weighted(weight)
        for store_id in options["stores"]:
            store = find_store(store_id)
            self.stdout.write(f"{store}: {len(questions)} questions")
            self.stdout.write(f"{'':24}{'NDCG@10':>9}{'Recall@10':>11}{'MRR':>8}")
            scores = {}
            for name, recipe in recipes.items():
                scores[name] = evaluation.evaluate(store, questions, recipe)
                mean = evaluation.mean(scores[name])
                self.stdout.write(
                    f"{name:24}{mean.ndcg:9.3f}{mean.recall:11.3f}"
                    f"{mean.reciprocal_rank:8.3f}"
                )
            if options["compare"]:
                first, second = options["compare"]
                self.tell_difference(first, second, scores[first], scores[second])

    def tell_difference(
        self,
        first: str,
        second: str,
        before: list[evaluation.Score],
        after: list[evaluation.Score],
    ) -> None:
        gap = evaluation.compare(before, after)
        self.stdout.write(
            f"{second} minus {first}: {gap.mean:+.3f} NDCG@10 "
            f"(95 %: {gap.low:+.3f} to {gap.high:+.3f}); "
            f"{gap.better} questions better, {gap.worse} worse"
        )
