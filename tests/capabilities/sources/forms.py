"""Files of examples as people write them, each with the examples that it means, written out by hand."""

import json
from dataclasses import dataclass, field
from typing import Any


def lines(*rows: Any) -> str:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


@dataclass(frozen=True)
class Form:
    """A file, what its first example means, and a part of the sentence that says how it was read."""

    file: str
    content: str | bytes
    first: dict[str, Any]
    how: str
    count: int = 1
    labels: dict[str, Any] = field(default_factory=dict)


CAPITAL = "Question: What is the capital of France?\nAnswer:"
CONTAINS = {"oracle": "contains", "max_new_tokens": 32}
NUMBER = {"oracle": "number", "max_new_tokens": 32}
PARIS = {"prompt": CAPITAL, "answer": " Paris", **CONTAINS}
QA = "question,answer\nWhat is the capital of France?,Paris\n"
QA_HOW = "question → prompt (as “Question: …” and then “Answer:”), answer → answer, judged by whether the model's text"
SYSTEM = {"role": "system", "content": "Be brief."}
ASKED = {"role": "user", "content": "What is the capital of France?"}
TOLD = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hi."}, ASKED]
REPLY = {"role": "assistant", "content": "Paris"}
TURNS = (("system", "Be brief."), ("user", "Hello."), ("assistant", "Hi."), ("user", "What is the capital of France?"))
TALK = {
    "prompt": "system: Be brief.\nuser: Hello.\nassistant: Hi.\nuser: What is the capital of France?",
    "answer": "Paris", "turns": TURNS, **CONTAINS,
}  # fmt: skip
HELLASWAG = {
    "ind": 24, "activity_label": "Roof", "ctx_a": "A man sits on a roof and looks at the tiles around him there.",
    "ctx_b": "he", "ctx": "A man sits on a roof. he", "endings": ["is a bird.", "pulls up tiles."], "label": "1", "split": "val",
}  # fmt: skip

FORMS = {
    "CSV": Form("a.csv", QA, PARIS, QA_HOW),
    "CSV with CRLF and a quoted line break": Form("a.csv", 'question,answer\r\n"Which\r\ncity?",Paris\r\n', {"prompt": "Question: Which\ncity?\nAnswer:", "answer": " Paris", **CONTAINS}, QA_HOW),
    "CSV with a column index and trailing commas": Form("a.csv", ",question,answer,,\n0,What is the capital of France?,Paris,,\n", PARIS, QA_HOW),
    "CSV with semicolons": Form("a.csv", "question;answer\nWho came, and why?;Ann\n", {"prompt": "Question: Who came, and why?\nAnswer:", "answer": " Ann", **CONTAINS}, QA_HOW),
    "CSV with a byte order mark": Form("a.csv", b"\xef\xbb\xbf" + QA.encode(), PARIS, QA_HOW),
    "CSV in UTF-16": Form("a.csv", QA.encode("utf-16"), PARIS, QA_HOW),
    "CSV in UTF-16 without a mark": Form("a.csv", QA.encode("utf-16-le"), PARIS, QA_HOW),
    "CSV with capitals": Form("a.csv", "Question,Correct Answer\nWhat is the capital of France?,Paris\n", PARIS, "Question → prompt"),
    "CSV of our own names": Form("a.csv", "prompt,answer\nThe capital of France is,Paris\nOne of Italy is,Rome\n", {"prompt": "The capital of France is", "answer": " Paris"}, "judged exact", 2),
    "CSV of our own names, numbers": Form("a.csv", "prompt,answer\n2+2=,4\n", {"prompt": "2+2=", "answer": "4", "oracle": r"regex:^[\s\"'*_(\[]*(?:4)(?!\w|[.,]\d)", "max_new_tokens": 5}, "must begin with it"),
    "CSV of A, B, C, D and a letter": Form("a.csv", "question,A,B,C,D,answer\nWhich?,w,x,y,z,C\n", {"prompt": "Question: Which?\nAnswer:", "choices": (" w", " x", " y", " z"), "answer": 2}, "(a letter)"),
    "CSV of option_a and a text": Form("a.csv", "question,option_a,option_b,answer\nWhich?,red,blue,blue\n", {"prompt": "Question: Which?\nAnswer:", "choices": (" red", " blue"), "answer": 1}, "(the text of a choice)"),
    "CSV of choices in one cell": Form("a.csv", "question,choices,answer\nWhich?,\"['red', 'blue']\",blue\n", {"prompt": "Question: Which?\nAnswer:", "choices": (" red", " blue"), "answer": 1}, "choices → choices"),
    "CSV counted from 1": Form("a.csv", "question,A,B,answer\nWhich?,w,x,2\nWhat?,w,x,1\n", {"prompt": "Question: Which?\nAnswer:", "choices": (" w", " x"), "answer": 1}, "(a number counted from 1)", 2),
    "CSV counted from 0": Form("a.csv", "question,A,B,answer\nWhich?,w,x,1\nWhat?,w,x,0\n", {"prompt": "Question: Which?\nAnswer:", "choices": (" w", " x"), "answer": 1}, "(a number counted from 0)", 2),
    "MMLU, which names no columns": Form("a.csv", 'What is it?,10,20,30,40,B\n"Who, then?",a,b,c,d,D\n', {"prompt": "Question: What is it?\nAnswer:", "choices": (" 10", " 20", " 30", " 40"), "answer": 1}, "(a letter)", 2),
    "TSV": Form("a.tsv", "question\tanswer\nWhat is the capital of France?\tParis\n", PARIS, QA_HOW),
    "a JSON list": Form("a.json", json.dumps([{"question": "What is the capital of France?", "answer": "Paris"}], indent=1), PARIS, QA_HOW),
    "a JSON list of our own form": Form("a.json", json.dumps([{"prompt": "2+2=", "answer": "4."}]), {"prompt": "2+2=", "answer": "4."}, ""),
    "BIG-bench's object with a list": Form("a.json", json.dumps({"name": "x", "examples": [{"input": "2+2=", "target": "four"}]}, indent=1), {"prompt": "2+2=", "answer": "four"}, "judged exact"),
    "an object of one line with a list": Form("a.json", json.dumps({"data": [{"question": "Which?", "answer": "red"}]}), {"prompt": "Question: Which?\nAnswer:", "answer": " red", **CONTAINS}, QA_HOW),
    "question, answer: a number": Form("a.jsonl", lines({"question": "2+2?", "answer": 4}), {"prompt": "Question: 2+2?\nAnswer:", "answer": " 4", **NUMBER}, "the number that the model's text gives"),
    "input, target: a beginning": Form("a.jsonl", lines({"input": "The capital of France is", "target": "Paris"}), {"prompt": "The capital of France is", "answer": " Paris"}, "input → prompt, target → answer, judged exact"),
    "input, target: a question": Form("a.jsonl", lines({"input": "What is the capital of France?", "target": "Paris"}), PARIS, "input → prompt (as"),
    "input, ideal: several": Form("a.jsonl", lines({"input": "What is the capital of France?", "ideal": ["Paris", "Paris, France"]}), {"prompt": CAPITAL, "answer": (" Paris", " Paris, France"), **CONTAINS}, "ideal → answer"),
    "input, ideal: turns": Form("a.jsonl", lines({"input": [SYSTEM, *TOLD], "ideal": "Paris"}), TALK, "input → turns in the checkpoint's chat template, ideal → answer"),
    "prompt, completion": Form("a.jsonl", lines({"prompt": "The capital of France is", "completion": " Paris."}), {"prompt": "The capital of France is", "answer": " Paris."}, "prompt → prompt, completion → answer, judged exact"),
    "prompt, completion: turns": Form("a.jsonl", lines({"prompt": [SYSTEM, *TOLD], "completion": [REPLY]}), TALK, "completion → answer"),
    "instruction, output": Form("a.jsonl", lines({"instruction": "Name the capital.", "input": "", "output": "Paris"}), {"prompt": "Instruction: Name the capital.\nResponse:", "answer": " Paris", **CONTAINS}, "instruction → prompt"),
    "instruction, input, output": Form("a.jsonl", lines({"instruction": "Name the capital.", "input": "France", "output": "Paris"}), {"prompt": "Instruction: Name the capital.\n\nFrance\nResponse:", "answer": " Paris", **CONTAINS}, "instruction and input → prompt"),
    "Alpaca": Form("a.jsonl", lines({"instruction": "Tell a story.", "output": "word " * 40, "text": "Below is an instruction. " * 9}), {"prompt": "Instruction: Tell a story.\nResponse:", "answer": " " + "word " * 40, "oracle": "loss"}, "judged by loss alone, since 40 words"),
    "Dolly": Form("a.jsonl", lines({"instruction": "Who won?", "context": "Ann won.", "response": "Ann", "category": "closed_qa"}), {"prompt": "Ann won.\n\nInstruction: Who won?\nResponse:", "answer": " Ann", **CONTAINS}, "category → tags", labels={"tags": ("closed_qa",)}),
    "messages": Form("a.jsonl", lines({"messages": [SYSTEM, *TOLD, REPLY]}), TALK, "messages → turns in the checkpoint's chat template, the last reply of the assistant → answer"),
    "messages in parts": Form("a.jsonl", lines({"messages": [{"role": "user", "content": [{"type": "text", "text": "Which?"}]}, REPLY]}), {"prompt": "Which?", "answer": "Paris", "turns": (("user", "Which?"),), **CONTAINS}, "messages → turns"),
    "ShareGPT": Form("a.json", json.dumps([{"id": "x", "system": "Be brief.", "conversations": [{"from": "human", "value": "Hello."}, {"from": "gpt", "value": "Hi."}, {"from": "human", "value": "What is the capital of France?"}, {"from": "gpt", "value": "Paris"}]}]), TALK, "conversations → turns", labels={"id": "x"}),
    "id and tags": Form("a.csv", 'id,question,answer,tags\n7,What is the capital of France?,Paris,"easy, europe"\n', PARIS, "id → id; tags → tags", labels={"id": "7", "tags": ("easy", "europe")}),
    "GSM8K": Form("a.jsonl", lines({"question": "How many?", "answer": "48/2 = <<48/2=24>>24\nSo 24.\n#### 1,072"}), {"prompt": "Question: How many?\nAnswer:", "answer": " 1,072", "oracle": "number", "max_new_tokens": 256}, "what follows ####"),
    "ARC": Form("a.jsonl", lines({"id": "M1", "question": "Which?", "choices": {"text": ["x", "y", "z"], "label": ["1", "2", "3"]}, "answerKey": "2"}), {"prompt": "Question: Which?\nAnswer:", "choices": (" x", " y", " z"), "answer": 1}, "answerKey → answer (a label of a choice)", labels={"id": "M1"}),
    "ARC as first published": Form("a.jsonl", lines({"question": {"stem": "Which?", "choices": [{"text": "x", "label": "A"}, {"text": "y", "label": "B"}]}, "answerKey": "B"}), {"prompt": "Question: Which?\nAnswer:", "choices": (" x", " y"), "answer": 1}, "choices → choices"),
    "HellaSwag": Form("a.jsonl", lines(HELLASWAG), {"prompt": "A man sits on a roof. he", "choices": (" is a bird.", " pulls up tiles."), "answer": 1}, "ctx → prompt, endings → choices, label → answer (a number counted from 0)", labels={"id": "24"}),
    "MMLU of the hub": Form("a.jsonl", lines({"question": "Which?", "subject": "math", "choices": ["1", "2"], "answer": 0}), {"prompt": "Question: Which?\nAnswer:", "choices": (" 1", " 2"), "answer": 0}, "subject → tags", labels={"tags": ("math",)}),
    "BoolQ": Form("a.jsonl", lines({"question": "is it so", "passage": "It is.", "answer": True}), {"prompt": "It is.\n\nQuestion: is it so\nAnswer:", "choices": (" no", " yes"), "answer": 1}, "answer → yes (true) or no (false)"),
    "PIQA": Form("a.jsonl", lines({"goal": "Open it", "sol1": "pull", "sol2": "push", "label": 1}), {"prompt": "Question: Open it\nAnswer:", "choices": (" pull", " push"), "answer": 1}, "sol1, sol2 → choices"),
    "WinoGrande": Form("a.jsonl", lines({"sentence": "Ann saw Bea since _ was near.", "option1": "Ann", "option2": "Bea", "answer": "1"}), {"prompt": "Ann saw Bea since", "choices": (" Ann was near.", " Bea was near."), "answer": 0}, "sentence → prompt up to its blank"),
    "SQuAD": Form("a.jsonl", lines({"id": "5", "title": "T", "context": "Ann won.", "question": "Who won?", "answers": {"text": ["Ann", "Ann", "Ann A."], "answer_start": [0, 0, 0]}}), {"prompt": "Ann won.\n\nQuestion: Who won?\nAnswer:", "answer": (" Ann", " Ann A."), **CONTAINS}, "left out: title", labels={"id": "5"}),
    "TriviaQA": Form("a.jsonl", lines({"question": "Who?", "answer": {"value": "Ann", "aliases": ["Ann A.", "Ann"]}}), {"prompt": "Question: Who?\nAnswer:", "answer": (" Ann", " Ann A."), **CONTAINS}, QA_HOW),
    "TruthfulQA": Form("a.jsonl", lines({"question": "Which?", "mc1_targets": {"choices": ["x", "y"], "labels": [0, 1]}, "mc2_targets": {"choices": ["x"], "labels": [1]}}), {"prompt": "Question: Which?\nAnswer:", "choices": (" x", " y"), "answer": 1}, "its labels say which is right"),
    "SciQ": Form("a.jsonl", lines({"question": "Which?", "distractor1": "x", "distractor2": "y", "correct_answer": "z", "support": "Since."}), {"prompt": "Since.\n\nQuestion: Which?\nAnswer:", "choices": (" z", " x", " y"), "answer": 0}, "correct_answer is the right one"),
    "MATH": Form("a.jsonl", lines({"problem": "What is 1+2?", "solution": "We add one and two, which makes three in the end, as everybody knows.", "answer": "3", "subject": "Algebra"}), {"prompt": "Question: What is 1+2?\nAnswer:", "answer": " 3", **NUMBER}, "left out: solution", labels={"tags": ("Algebra",)}),
    "choices by letter beside our own names": Form("a.jsonl", lines({"prompt": "Which?", "choices": ["x", "y"], "answer": "B"}), {"prompt": "Which?", "choices": (" x", " y"), "answer": 1}, "(a letter)"),
    "JSONL of texts": Form("a.jsonl", lines({"text": "Once upon a time."}, {"text": "There was a cat."}), {"prompt": "", "answer": "Once upon a time.", "oracle": "loss"}, "text → text, judged by next-token loss alone", 2),
    "yes and no": Form("a.jsonl", lines({"question": "Is it?", "answer": "yes"}), {"prompt": "Question: Is it?\nAnswer:", "answer": " yes", "oracle": r"regex:^[\s\"'*_(\[]*(?:yes)(?!\w|[.,]\d)", "max_new_tokens": 8}, "must begin with it"),
    "settings of ours in a table": Form("a.csv", "question,answer,max_new_tokens,oracle\nWho?,Ann,9,exact_match\n", {"prompt": "Question: Who?\nAnswer:", "answer": " Ann", "oracle": "exact_match", "max_new_tokens": 9}, QA_HOW),
}  # fmt: skip

REFUSED = {
    "two prompts": ("a.csv", "question,prompt,answer\na,b,c\n", "a.csv has both question and prompt: rename the one that is not meant"),
    "two answers": ("a.jsonl", lines({"question": "a", "answer": "b", "target": "c"}), "a.jsonl has both answer and target: rename the one that is not meant"),
    "the same name twice": ("a.csv", "question,answer,answer\na,b,c\n", "two columns are named 'answer': expected each name once"),
    "names that differ in case": ("a.csv", "Question,question,answer\na,b,c\n", "a.csv has both Question and question: rename one of them"),
    "no prompt": ("a.jsonl", lines({"title": "a", "body": "b"}), "a.jsonl has the fields title, body: expected a prompt (question, prompt, input, instruction) and an answer"),
    "no answer": ("a.jsonl", lines({"question": "a", "remark": "b"}), "no field is the answer to question, among question, remark: name it answer"),
    "no names of columns": ("a.csv", "What is it?,Paris\nWho?,Ann\n", "expected its first line to name its columns, such as question,answer, got What is it?, Paris"),
    "numbers that count from 0 or from 1": ("a.csv", "question,A,B,C,answer\nWhich?,x,y,z,1\n", "its answers may be a number counted from 0 or a number counted from 1: write each as the text of its choice, or as a letter"),
    "numbers that are choices too": ("a.jsonl", lines({"question": "Which?", "choices": ["2", "1", "0"], "answer": 0}), "may be the text of a choice or a number counted from 0"),
    "no such choice": ("a.csv", "question,A,B,answer\nWhich?,x,y,E\n", "a.csv, line 2: expected the right choice as its text, letter or number, got 'E'"),
    "answers named in several ways": ("a.jsonl", lines({"question": "Which?", "options": ["xx", "yy"], "answer": "xx"}, {"question": "Which?", "options": ["xx", "yy"], "answer": "B"}), "its answers name choices in several ways"),
    "classes without names": ("a.jsonl", lines({"sentence": "Good.", "label": 1}), "its answers in label are numbers or letters of choices that no field holds"),
    "letters without choices": ("a.csv", "question,answer\nWhich?,A\nWhat?,B\n", "its answers in answer are numbers or letters of choices that no field holds"),
    "an empty answer": ("a.csv", "question,answer\nWho?,Ann\nWhat?,\n", "a.csv, line 3: answer is empty: expected a value; leave such examples out"),
    "SQuAD 2 without an answer": ("a.jsonl", lines({"question": "Who?", "context": "It was.", "answers": {"text": [], "answer_start": []}}), "a.jsonl, line 1: answers: expected a text or a list of texts"),
    "COPA": ("a.jsonl", lines({"premise": "He fell.", "choice1": "x", "choice2": "y", "question": "cause", "label": 0}), "premise may belong to question: put its text there, name it context, or take it out"),
    "OpenOrca": ("a.jsonl", lines({"system_prompt": "Be brief.", "question": "Who?", "response": "Ann"}), "system_prompt may belong to question"),
    "a text of whose use nobody knows": ("a.jsonl", lines({"question": "Who?", "lore": "word " * 30, "answer": "Ann"}), "lore may belong to question"),
    "HumanEval": ("a.jsonl", lines({"task_id": "H/0", "prompt": "def f():", "entry_point": "f", "canonical_solution": "x", "test": "t"}), "programs"),
    "MBPP": ("a.jsonl", lines({"text": "Write f.", "code": "x", "test_list": ["t"]}), "they run only as a task of lm-eval, such as lm_eval:humaneval"),
    "preferences": ("a.jsonl", lines({"prompt": "a", "chosen": "b", "rejected": "c"}), "a.jsonl holds preferences: write chosen and rejected as choices"),
    "a tool's turn": ("a.jsonl", lines({"messages": [ASKED, {"role": "tool", "content": "x"}, REPLY]}), "a.jsonl, line 1, turn 2: a turn of 'tool': expected system, user or assistant"),
    "a picture": ("a.jsonl", lines({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}, REPLY]}), "turn 1: expected a turn of text alone"),
    "no reply": ("a.jsonl", lines({"messages": [ASKED]}), "no turn is the assistant's: expected its reply as the last turn"),
    "a reply to nobody": ("a.jsonl", lines({"messages": [REPLY]}), "expected a turn of the user before the assistant's last one"),
    "one label of many": ("a.jsonl", lines({"question": "Which?", "mc1_targets": {"choices": ["x", "y"], "labels": [1, 1]}}), "expected choices and labels, of which one is 1"),
    "too many cells": ("a.csv", "question,answer\nWhat, is it?,Paris\n", "a.csv, line 2: 3 cells under 2 names of columns: quote each cell"),
    "Latin-1": ("a.csv", b"question,answer\nO\xf9?,x\n", "a.csv, line 2: byte 0xf9 is no UTF-8: save it as UTF-8"),
    "a spreadsheet": ("a.xlsx", b"PK\x03\x04", "a.xlsx is a spreadsheet: save it as CSV"),
    "a packed file": ("a.jsonl", b"\x1f\x8b\x08", "a.jsonl is packed (gzip): unpack it"),
    "a pickle": ("a.pkl", b"\x80\x04", "a.pkl may hold code, and is not read"),
    "a damaged Parquet file": ("a.parquet", b"PAR1 but no more", "a.parquet is no Parquet file that can be read"),
    "several lists": ("a.json", json.dumps({"train": [{"question": "a"}], "test": [{"question": "b"}]}, indent=1), "holds several lists (test, train)"),
    "no JSON": ("a.json", '[{"question": "a",}]', "a.json, line 1:"),
    "an empty table": ("a.csv", "question,answer\n", "a.csv holds no examples"),
    "an empty text": ("a.txt", " \n\n", "a.txt holds no examples, and no text"),
    "some by loss": ("a.jsonl", lines({"prompt": "a", "answer": "b", "oracle": "loss"}, {"prompt": "a", "answer": "b"}), "judges some examples by loss alone: expected all of them, or none"),
}  # fmt: skip
