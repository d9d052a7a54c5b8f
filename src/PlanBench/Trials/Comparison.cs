namespace Holdfast.PlanBench.Trials;

/// <summary>One figure: what the model says, and what was seen.</summary>
/// <param name="Of">What it is a figure of.</param>
/// <param name="Unit">Of both.</param>
/// <param name="Bound">How far the prediction may be from what was measured: 0.3 is within 30 percent of it; 1 and more is a factor.</param>
internal sealed record Comparison(string Of, string Unit, double Predicted, double Measured, double Bound)
{
    /// <summary>Predicted divided by measured.</summary>
    public double Ratio => Predicted / Measured;

    public bool Holds => Bound < 1 ? Math.Abs(Ratio - 1) <= Bound : Ratio <= Bound && Ratio >= 1 / Bound;
}
