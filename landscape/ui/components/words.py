"""The help texts of the pages: every word and symbol that they use, explained."""

from landscape.schema.default_ranges import RANGES
from landscape.schema.frames import TOLERANCE

WORDS = {
    "weights": "The numbers that a model consists of. Training sets them; everything here moves them a little.",
    "edge": "Where a basin ends along one direction: the first α at which more than τ is lost, interpolated.",
    "boundary": "The edge of a basin along one direction, as figures and tables call it: interpolated between the last "
    "α inside and the first α outside.",
    "radius": "How wide a basin is: the median edge over random directions, with a 95 % interval for the median of all "
    "of them.",
    "fine-tune": "A checkpoint made from another one by training it further: a walk of the weights to another place.",
    "needle": "A direction in which a basin ends hundreds of times nearer than in random ones. Chance hardly ever "
    "meets it.",
    "certificate": "A proven promise: up to a distance r, the model with noise keeps a score, in whatever direction "
    "the "
    "weights move. It is wrong with a stated probability at most.",
    "enlarging": "Training under noise on the weights, so that the model survives more of it. A certificate then "
    "reaches "
    "farther in proportion. Growing all weights would do the same to α, so compare relative α.",
    "variants": "Two or more; the first is what the others are held against. The same search is made in each.",
    "variants tuned": "A fine-tune of each checkpoint, in the same order: it is scored where it stands, to see what it "
    "forgot and what it learned. Leave it empty for none.",
    "claims": "Of the widest basin at equal score. A claim of a ratio holds when all of its 95 % interval lies beyond "
    "it, by a hundredth at least, since a bootstrap's limits are no finer; it does not when none does. As the widest "
    "of several is the subject, its interval is wider: those of all of them hold together with 95 % (Bonferroni). One "
    "training each. Scores are compared on the same examples.",
    "forgetting": "Each checkpoint was fine-tuned alike, on nothing of what it was pre-trained on. What its base could "
    "do may be forgotten; what it could not may be learned.",
    "training curves": "Read from trainer_state.json in each checkpoint's folder, which transformers.Trainer writes.",
    "growth": "The radius of one capability's basin in snapshots of a pre-training, and in models of three sizes.",
    "run": "One measurement that was asked for: its spec, its points, and how far it is.",
    "θ₀": "The checkpoint a measurement is centred on: its weights.",
    "α": "How far the weights are moved: the RMS change per weight along a direction. α = 0 is θ₀ itself.",
    "range": "Where α begins and ends, and in how many points. A few points first find where everything asked is half "
    "lost; Quick, Standard and Full measure that range in fewer or more points. α is the RMS change per weight along a "
    "direction.",
    "own range": "start:stop:count, values such as 0,0.01,0.02, or a range of the paper by the size of its model: "
    f"{', '.join(RANGES)}.",
    "relative α": "α divided by the typical size of a weight, the rms of the matrices: at 0.1 a weight of theirs "
    "changed by a tenth. Norms are left out of it: their gains are few and may be large. A result of version 0.6 has "
    "the rms of all weights instead, and says so. Between models of different make, directions that change every "
    "tensor by the same share (layer) need no such size.",
    "per tensor": "A second search, along directions that change every tensor by the same share, which is their α. The "
    "rms is mostly that of the largest tensors, so dividing by it may say something else.",
    "effective rank": "In how many directions a matrix was changed: exp of the entropy of its Δ's singular values, as "
    "shares of their sum. At most r for an adapter of rank r; near the smaller side of the matrix for noise.",
    "‖Δθ‖": "The L2 distance between the two checkpoints, over all weights. It equals α·√d.",
    "d": "The number of weights that move; tied tensors count once.",
    "score": "Share of the examples that the model still gets right (0 to 1). Flat inside a basin, gone outside.",
    "loss": "Mean negative log-likelihood of the reference answers, in nats per token. Smooth where scores are flat.",
    "capability": "A set of examples and how to judge them: a bundled one (starter:NAME for real models), your own "
    "file (CSV, JSONL, text …), or a task of lm-evaluation-harness: lm_eval:TASK or lm_eval:TASK:LIMIT. chat: before a "
    "name or file puts each prompt into the checkpoint's chat template; chat:enable_thinking=false: also switches off "
    "thinking.",
    "direction": "Where the weights move: a random Gaussian draw (most-case), or straight towards another checkpoint. "
    "It is a recipe for one number per weight, scaled so that their RMS is 1.",
    "seed": "The first random direction's seed; the others follow. A seed is the direction: it can be drawn again.",
    "basin": f"The range of α around θ₀ over which the score drops by no more than the tolerance τ = {TOLERANCE}.",
    "band": "Lowest to highest over the random directions; the line is their median. Hover shows every draw.",
    "tolerance": "τ: how much a score may drop and still count as inside. It can be changed afterwards; the search is "
    "finest at the value it was made with.",
    "lost means": "What counts as lost: that the score has dropped by τ, or that the loss has risen by τ nats a token. "
    "Both are read off the same points. A loss also tells of capabilities that score 0, and of answers that become "
    "less likely before they become wrong.",
    "orders": "Two readings of the same points. A score counts an answer as lost when another token becomes likelier, "
    "so its order may come from how safely answers were right at θ₀; a loss has no such threshold. First: in most "
    "random directions, with 95 %, before each other capability.",
    "loss tolerance": "τ: how far the mean loss of the reference answers may rise above that of θ₀, in nats a token, "
    "and still count as inside. At 0.1 the probability of a token is 10 % smaller, in the geometric mean.",
    "tolerance share": "τ counts as a share of each score at θ₀: at 0.05, a checkpoint that scores 0.40 may fall to "
    "0.38, one that scores 1.00 to 0.95. Off, both may lose 0.05, which is an eighth of what the first one knows.",
    "reach": "The largest α that is searched. A basin that is wider is reported as at least this wide. 0: a "
    "probe of a few points finds where everything asked is half lost.",
    "both signs": "Search the opposite of each direction as well, as a ray of its own: twice the rays, twice the cost.",
    "search cliff": "Also search where ten times τ is lost: about a fourth more points. Without it, the cliff index is "
    "only as sure as the doubling α of the first look.",
    "sequential": "Score a point only until its 99.9 % interval lies clear of the floor: faster far from the boundary.",
    "nested": "One basin is nested in another when it ends first in most random directions. That is claimed where the "
    "median ratio of their boundaries lies above 1 with its 95 % interval, which counts both the choice of directions "
    "and that of examples and takes six directions or more. It says nothing of chosen directions, such as those "
    "towards fine-tunes: they are counted beside.",
    "plane": "Two directions from θ₀, made orthogonal; a checkpoint that a direction points at lies exactly in it.",
    "axis": "gaussian:SEED, layer:SEED, filter:SEED, towards:CHECKPOINT, move:NAME, worst:CAPABILITY or "
    "eigenvector:CAPABILITY. "
    "Towards two checkpoints: the plane of three. A worst direction is searched for first.",
    "ends": "low:high in units of α, with 0 (θ₀) inside. Empty: a few points find where everything asked is half lost.",
    "grid": "Lines each way. Only points where a boundary passes are measured, so a finer grid costs little more.",
    "full": "Measure the whole grid: exact everywhere, and many times slower.",
    "places": "Checkpoints drawn where they lie, with their distance to the plane.",
    "map": "Colour: the capability chosen. Lines: where each capability's basin ends, at τ below its score at θ₀. "
    "Full colour was measured; pale colour is read off between measured points.",
    "dots": "Every point of the grid at which the chosen capability was scored.",
    "relief": "The same field as hills, to be turned. It takes a moment to draw.",
    "topology": "How many basins the field has in the window. Each begins at a minimum and ends at the saddle where it "
    "merges with that of a lower one; how much higher that is, is its persistence. Grey: other examples may not show "
    "it.",
    "ask": "The model is moved to this point, asked, and moved back to θ₀. It always writes the likeliest token.",
    "prompt": "What the model reads before it writes. Ctrl+Enter, or leaving the box, takes it over.",
    "off the plane": "How far the checkpoint lies from the plane. Only its shadow is drawn: the map does not say what "
    "it can do.",
    "x": "Along the first direction, in units of α.",
    "y": "Along the second direction, made orthogonal to the first, in units of α.",
    "scale": "Gaussian draws change every weight alike. Layer and filter draws follow each tensor's or row's norm; "
    "their α is relative and shown on its own axis.",
    "σ": "Standard deviation of the Gaussian noise that is added to every weight. A larger σ promises farther, but "
    "only as long as the model still works under it.",
    "sigma": "The noise that was drawn: its standard deviation σ on every weight. 0 is θ₀ itself.",
    "batch": "Trials are written down in batches of 50. Each has a noise and an example of its own.",
    "p_A": "The score under noise: how often a freshly noised model gets a freshly drawn example right. The proof uses "
    "a lower bound of it (Clopper–Pearson), which is wrong with the failure probability at most.",
    "floor": "The least score that the noised model can have at distance r, whatever the direction. No measurement at "
    "θ′ is needed for it.",
    "weak floor": "The same from the steepest possible slope alone: simpler, never higher.",
    "certified radius": "The distance r up to which the floor stays at or above q: in every direction, the worst too.",
    "threshold": "q: the score that is to be guaranteed. It can be changed afterwards; nothing is measured again.",
    "failure probability": "How likely the trials mislead, at most: the chance that any claim about a capability is "
    "wrong. It is divided equally among the σ.",
    "trials": "At each σ. One trial is one fresh noise and one fresh example. More trials: a higher lower bound.",
    "vacuous": "A floor that says nothing of use: it lies below q, or is no higher than guessing.",
    "abstain": "At this σ the lower bound of p_A lies below q: no radius can be certified, not even 0.",
    "noised": "θ plus fresh noise of size σ on every weight, averaged over the noise. It is another model than θ.",
    "r": "The L2 distance between θ′ and θ₀, over the weights that the noise is added to. r = α·√d.",
    "σ range": "start:stop:count, or values such as 0.001,0.002,0.005. Empty: up to the radius that a search of the "
    "same weights found, or without one over a wide range of shares of a typical weight.",
    "towards certificate": "Fine-tunes whose distance from θ₀ is compared with what is certified. They cost nothing.",
    "adapter": "Of a PEFT checkpoint, move only the adapter's own tensors A and B. Fewer weights move, so a larger σ "
    "is survived and the promise reaches farther.",
    "noise seed": "Every trial's noise follows from it: the same seed draws the same trials.",
    "τ under noise": "How much score θ₀ itself loses under the noise: S(θ₀) − p_A. Measured, if something was.",
    "most directions": "The median over random directions of where the clean model's score falls below q.",
    "worst found": "Where the clean model's score falls below q along the worst direction found. Worse may exist.",
    "only": "Move only parameters whose names match these globs, such as *.mlp.*; empty means all.",
    "exclude": "Leave parameters whose names match these globs, such as *embed*.",
    "limit": "Use only the first examples of each capability: faster, less certain.",
    "device": "Where the worker computes. auto takes a GPU when there is one.",
    "dtype": "Number format of the weights while measuring. auto keeps what the checkpoint stores.",
    "trust": "Some checkpoints bring Python code of their own. It runs with your rights, so trust only what you have "
    "read. Trust is given here, on this machine, for the code as it is now: no link and no stored run carries it.",
    "computed": "Directions that are searched for first, and then kept: worst:CAPABILITY, eigenvector:CAPABILITY, "
    "worst:HURT,HURT~SPARED@START. And deployment moves, which need no search: move:int4-128, and noise of a "
    "move's size in each tensor: matched:int4-128:0.",
    "move": "A deployment move: rounding to bfloat16 or float16, quantising to int8, int4 or int3 (round to nearest, "
    "symmetric, per output channel; -128: per group of 128 input weights), to a 4-bit format of torchao (int4-asym), "
    "bitsandbytes (nf4) or GGUF (q4_0), or pruning the smallest 10, 30 or 50 %. It goes from θ₀ to the moved "
    "checkpoint, which stands at the move's own α. Quantising and pruning touch the matrices of linear layers; "
    "embeddings, head, norms and biases stay.",
    "worst": "The worst direction found: from the gradient at θ₀ and from random starts (and a fine-tune's direction) "
    "the weights climb the loss of one half of the examples, in rounds: each nearer to where the direction ends the "
    "capability. The one that ends it nearest is kept. A worse direction may exist: what is found is an upper bound on "
    "robustness.",
    "unseen": "The half of the examples that the search never used. What a direction does to a capability that it was "
    "searched to hurt or spare is read on them alone, so that it is no accident of the examples it was made with.",
    "nearer": "× nearer: the median radius over random directions, divided by the boundary along this direction.",
    "log α": "An axis of powers of ten: worst and random directions differ by orders of magnitude. θ₀ (α = 0) lies "
    "infinitely far to the left.",
    "others": "Also draw the directions that were searched for other capabilities, and top eigenvectors.",
    "searched": "One worst direction is searched for each of these. About half of the examples serve the search.",
    "sparing": "One more direction a capability: hurt it, and keep the others from getting worse.",
    "at once": "One more direction that hurts all of them together.",
    "towards": "Fine-tunes to compare with: every direction is also measured at their α, and the worst ones where the "
    "fine-tune falls on them (its orthogonal projection).",
    "start": "One restart more begins at the direction towards this checkpoint. A search then says what lies near it.",
    "search α": "At which α the first round climbs the loss. 0: by the model's size. It matters "
    "little: every later round climbs close above where its direction ends the capability.",
    "steps": "Gradient steps of each restart, shared among its rounds. Longer searches come nearer to the worst.",
    "restarts": "How often the search climbs: once from the gradient at θ₀, then from random directions. What ends the "
    "capability nearest is kept.",
    "cosine": "Of the angle between the two directions. Between random ones it is 0, standard deviation 1/√d.",
    "explained": "The loss change at the fine-tune's orthogonal projection on the worst direction, over that at the "
    "fine-tune. Over 100 %: the rest of the fine-tune makes up for it. Negative: the projection helps.",
    "mass": "‖δ‖² summed over the weights of a module. In a random direction it is the module's share of the weights.",
    "density": "1: as much mass as a random direction puts there. Above 1: this module matters more.",
    "top eigenvalue": "λ of the Hessian of the mean loss at θ₀: the largest curvature, in nats per squared L2 length. "
    "Along a unit-RMS direction (length √d) at most ½α²·λ·d is gained by the curvature. An eigenvector has no sign: "
    "both sides are measured, and the worse one is read.",
    "smallest eigenvalue": "The lowest curvature of the mean loss at θ₀, by Lanczos. Below 0: θ₀ is no minimum of this "
    "loss, and along some direction it falls.",
    "slope": "α·|g·δ|: what the slope g at θ₀ adds along the top eigenvector δ, on the side where the loss rises.",
    "trace": "The sum of the Hessian's eigenvalues, by Rademacher probes, ± its standard error.",
    "curvature spread": "√2·‖H‖_F / tr H: how much the curvature varies between random directions, as a share of its "
    "mean, ± its standard error. Estimated from the same probes as the trace: little where many directions are curved, "
    "much where a few are. A rough number if the probes are few.",
    "rise spread": "How much the rises of the loss at this α varied between the random directions measured, as a share "
    "of their mean: the spread of curvature, if the loss is a quadratic there.",
    "radius spread": "How much the α where the basin ends varied between the random directions of this run, as a share "
    "of their mean: about half the spread of curvature, if the loss is a quadratic up to there.",
    "sharpness": "How much the loss rises on average over the random directions at this α, ± its standard error.",
    "quadratic": "½α²·trace: the rise that the curvature at θ₀ alone predicts. Far from it, flatness measured at θ₀ "
    "says little of what happens at this α.",
    "base": "What the fine-tune was made from: it says what there is to lose.",
    "fine-tunes": "What would ship. Choose several to set them side by side; each is an inspection of its own.",
    "budget": "Time to spend on each, such as 90s, 5m or 2h; empty: all it takes. First comes a first look at "
    "every question, then what is least certain; Δ and the first scores are measured whatever they take.",
    "draws": "Random directions of each basin. More: narrower intervals of the radii.",
    "search worst": "Also search the worst directions of the base, and measure the fine-tune beside them. Takes long.",
    "certify": "Also certify the base: what holds at the fine-tune's distance whatever its direction.",
    "brittle": "How far the fine-tune holds when only this part of it is moved, in random directions: the RMS change "
    "of the part's own weights. Keep brittle parts in higher precision, or freeze them.",
    "beside": "Other inspections of the same base that this browser's store knows, finished or not.",
    "lost here": "Lost: right at θ₀ and wrong at this point; won: the reverse. From the outcomes that were measured, "
    "on the same examples.",
    "flips": "The examples that only one of the two has right: lost where that is the base, won where it is the "
    "fine-tune. They are the changed pairs of the test in the verdict. Texts are greedy; of a choice it is the option "
    "that each prefers.",
    "outcome": "pass; warn: ship it knowing this; gained, nothing to lose here: the base scored no better than "
    "guessing, or nothing, which is neither a pass nor a fail; insufficient: the examples cannot tell, and how many "
    "are missing; "
    "not measurable: the logits are NaN or infinite in this number format; "
    "fail: a score fell by more than the thresholds allow. The gravest finding is the verdict.",
    "checkpoint": "A demo model (demo:base), a folder, a GGUF file, a hub id (org/name or org/name@revision; of a GGUF "
    "file org/name:FILE.gguf), an adapter folder, or ADAPTER+BASE.",
}
