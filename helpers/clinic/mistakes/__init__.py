"""The mistakes that the clinic knows, the most frequent first: `MISTAKES`.

Throughout the files beside this one, `case` is what the caller gave (clinic/case.py). A formula is a function of some
of its rows, a `Part` (clinic/numbers.py), which is `part`, or `c` in short ones: c.x are the outputs, c.softmax and
c.sigmoid those of the outputs, c.one_hot the targets, K the number of classes.
"""

import importlib
import pkgutil

from helpers.clinic.record import Mistake

FILES = [importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__)]
# The order in which mistakes are asked for, by how frequent they are: where two give the same number, the first is
# named. A mistake that does not stand here comes after these.
ORDER = """
softmax_before_cross_entropy sigmoid_before_bce_with_logits threshold_half_on_logits softmax_over_the_wrong_dim
sigmoid_before_cross_entropy softmax_before_bce_with_logits nll_loss_on_probabilities nll_loss_on_logits
logits_into_binary_cross_entropy probabilities_as_logits class_dim_not_second reshaped_instead_of_moved
targets_in_a_column float_class_indices shapes_broadcast integer_targets class_indices_into_bce targets_out_of_range
targets_outside_0_1 arguments_swapped multi_hot_into_cross_entropy softmax_for_multi_label bce_on_softmax
softmax_over_one_output all_ignored one_class_only nan_outputs masked_rows minus_infinity_in_the_loss
vocabulary_in_float16 logarithm_of_zero exponential_overflow bce_of_rounded_sigmoid masked_by_multiplication
label_smoothing_unsaid ignored_rows_counted ignored_rows_trained smoothing_missing weights_and_smoothing
weights_divided_by_rows mean_of_means pos_weight_shape weight_shape kl_div_of_probabilities kl_div_mean
kl_div_targets_not_one accuracy_entry_by_entry accuracy_by_broadcasting auc_of_hard_labels metric_guesses_logits
argmax_over_the_batch stuck_at_chance one_winner loud_start diagonal_gradient other_logarithm saturated labels_shifted
flattened_before_moving complement_columns quantised_outputs mean_of_sequence_means mean_over_classes
sample_weights_lost smoothing_of_the_others squared_error distillation_without_t_squared focal_of_the_mean
dice_of_logits keras_without_from_logits clipped_tail negative_loss times_the_steps sure_and_wrong always_no
argmax_of_one_output accuracy_over_ignored accuracy_of_values perplexity_for_loss scaled_probabilities
order_of_classes answers_reversed relu_at_the_end held_within_one softmax_of_softmax sigmoid_of_sigmoid hard_outputs
clipped_probabilities absent_classes accuracy_of_mixed_targets temperature_of_zero zeros_for_minus_ones pairs_all_alike
pairs_shuffled pairs_without_bias
""".split()


def place_of(mistake):
    return ORDER.index(mistake.name) if mistake.name in ORDER else len(ORDER)


MISTAKES = [each for file in FILES for each in vars(file).values() if isinstance(each, Mistake)]
MISTAKES.sort(key=place_of)
