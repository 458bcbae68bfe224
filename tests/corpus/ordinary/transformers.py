"""What transformers, tokenizers and their neighbours write beside weights: configurations, tokenizers, processors, adapters, pipelines."""

import json

from case import case
from ordinary.gguf import CHATML, TOOLS

TINY = dict(vocab_size=64, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, max_position_embeddings=16)
CONFIGS = ["Bert", "Roberta", "Albert", "Electra", "DistilBert", "GPT2", "GPTNeo", "GPTNeoX", "OPT", "Bloom", "Llama", "Mistral", "Mixtral", "Gemma", "Gemma2", "Gemma3Text", "Qwen2", "Qwen3", "Qwen2VL", "Phi", "Phi3", "Falcon", "Mamba", "T5", "Bart", "Pegasus", "MBart", "Marian", "ViT", "Swin", "ConvNext", "CLIP", "SigLIP", "Whisper",
           "Wav2Vec2", "Hubert", "Detr", "SegFormer", "LayoutLM", "Deberta", "DebertaV2", "XLMRoberta", "Longformer", "BigBird", "DPT", "Blip", "Llava", "Idefics", "Mllama", "DeepseekV3", "Granite", "Cohere", "StableLm", "Starcoder2", "Olmo", "Jamba", "ModernBert", "Zamba", "RwKV"]
for name in CONFIGS:

    @case(f"transformers/config-{name.lower()}", "json", file="config.json")
    def _(name=name):
        import transformers

        found = {key.lower(): key for key in dir(transformers) if key.endswith("Config")}
        return getattr(transformers, found[f"{name}Config".lower()])().to_json_string(use_diff=False).encode()


SMALL = {"bert": "BertModel", "gpt2": "GPT2LMHeadModel", "llama": "LlamaForCausalLM", "t5": "T5ForConditionalGeneration", "vit": "ViTForImageClassification", "whisper": "WhisperForConditionalGeneration", "clip": "CLIPModel"}
MORE = {"gpt2": dict(n_embd=8, n_layer=1, n_head=2, n_positions=16, vocab_size=64), "t5": dict(vocab_size=64, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2), "vit": dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, image_size=8, patch_size=4),
        "whisper": dict(vocab_size=64, d_model=8, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2, encoder_ffn_dim=8, decoder_ffn_dim=8, num_mel_bins=8, max_source_positions=8, max_target_positions=8, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1, suppress_tokens=None, begin_suppress_tokens=None),
        "clip": dict(text_config=dict(vocab_size=64, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, max_position_embeddings=16), vision_config=dict(hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, image_size=8, patch_size=4))}
for kind, model in SMALL.items():

    @case(f"transformers/saved-{kind}", "transformers", file="model")
    def _(path, kind=kind, model=model):
        import transformers

        chosen = getattr(transformers, model)
        chosen(chosen.config_class(**MORE.get(kind, TINY))).save_pretrained(path)
        tokenizer(path)


def tokenizer(path, template=CHATML):
    """A byte-level tokenizer trained on two sentences, as transformers saves it."""
    import tokenizers
    import transformers

    made = tokenizers.ByteLevelBPETokenizer()
    made.train_from_iterator(["a small text", "another text"], vocab_size=64 + 256, special_tokens=["<s>", "</s>", "<unk>"], show_progress=False)
    fast = transformers.PreTrainedTokenizerFast(tokenizer_object=made._tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    fast.chat_template = template
    fast.save_pretrained(path)


@case("transformers/tokenizer", "tokenizer", file="tokenizer")
def _(path):
    tokenizer(path)


@case("transformers/tokenizer-tools", "tokenizer", file="tokenizer")
def _(path):
    tokenizer(path, {"default": CHATML, "tool_use": TOOLS})


for name, source in {"wordpiece": "BertWordPieceTokenizer()", "bpe": "CharBPETokenizer()", "unigram": "SentencePieceUnigramTokenizer()", "byte-level": "ByteLevelBPETokenizer()"}.items():

    @case(f"tokenizers/{name}", "json", file="tokenizer.json")
    def _(path, source=source):
        import tokenizers

        made = eval(source, {**vars(tokenizers)})
        made.train_from_iterator(["a small text", "another text", "more words here"] * 3, vocab_size=300, show_progress=False)
        made.save(str(path))


def sentencepiece() -> bytes:
    import io

    import sentencepiece

    out = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(["a small text", "another text", "more words here and there"] * 9), model_writer=out, vocab_size=40, hard_vocab_limit=False)
    return out.getvalue()


case("sentencepiece/model", "sentencepiece", file="tokenizer.model")(lambda: sentencepiece())


PROCESSORS = {"image": "ViTImageProcessor()", "clip": "CLIPImageProcessor()", "audio": "WhisperFeatureExtractor()", "speech": "Wav2Vec2FeatureExtractor()", "detection": "DetrImageProcessor()"}
for name, source in PROCESSORS.items():

    @case(f"transformers/processor-{name}", "json", file="preprocessor_config.json")
    def _(source=source):
        import transformers

        return eval(f"transformers.{source}", {"transformers": transformers}).to_json_string().encode()


@case("transformers/generation", "json", file="generation_config.json")
def _():
    import transformers

    return json.dumps(transformers.GenerationConfig(max_new_tokens=20, temperature=0.7, top_p=0.9, do_sample=True).to_diff_dict()).encode()


@case("peft/adapter", "none", file="adapter")
def _(path):
    import peft
    import transformers

    base = transformers.LlamaForCausalLM(transformers.LlamaConfig(**TINY))
    peft.get_peft_model(base, peft.LoraConfig(r=2, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM")).save_pretrained(str(path))


@case("sentence-transformers/model", "none", file="model")
def _(path):
    import sentence_transformers
    import transformers

    inner = path.parent / "inner"
    transformers.BertModel(transformers.BertConfig(**{**TINY, "vocab_size": 400})).save_pretrained(inner)
    tokenizer(inner, None)
    words = sentence_transformers.models.Transformer(str(inner))
    sentence_transformers.SentenceTransformer(modules=[words, sentence_transformers.models.Pooling(8), sentence_transformers.models.Normalize()], device="cpu").save(str(path))


@case("diffusers/pipeline", "none", file="pipeline")
def _(path):
    import diffusers

    network = diffusers.UNet2DModel(8, 1, 1, layers_per_block=1, block_out_channels=(8,), norm_num_groups=4, down_block_types=("DownBlock2D",), up_block_types=("UpBlock2D",))
    diffusers.DDPMPipeline(network, diffusers.DDIMScheduler()).save_pretrained(str(path))


@case("gensim/keyed-vectors", "gensim", file="vectors.kv")
def _(path):
    import gensim

    gensim.models.Word2Vec([["a", "b", "c"], ["b", "c"]], vector_size=4, min_count=1).wv.save(str(path))


@case("gensim/text-vectors", "none", file="vectors.txt")
def _(path):
    import gensim

    gensim.models.Word2Vec([["a", "b", "c"], ["b", "c"]], vector_size=4, min_count=1).wv.save_word2vec_format(str(path))


@case("spacy/model", "none", file="model")
def _(path):
    import spacy

    made = spacy.blank("en")
    made.add_pipe("sentencizer")
    made.add_pipe("entity_ruler").add_patterns([{"label": "PLACE", "pattern": "Rome"}])
    made.to_disk(path)
