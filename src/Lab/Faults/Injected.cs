namespace Holdfast.Lab.Faults;

/// <summary>A fault that is there.</summary>
/// <param name="Target">Whom it struck, for people; of one that could not be made, why.</param>
/// <param name="HealAsync">Puts it right; harmless when something else has done so already.</param>
internal sealed record Injected(string Target, Func<Task> HealAsync)
{
    /// <summary>Nothing was done, for a reason.</summary>
    public static Injected Nothing(string why) => new($"not done: {why}", () => Task.CompletedTask);

    /// <summary>Something that is over when it is done.</summary>
    public static Injected Done(string target) => new(target, () => Task.CompletedTask);

    public static Injected Of(string target, Action heal) => new(target, () =>
    {
        heal();
        return Task.CompletedTask;
    });
}
