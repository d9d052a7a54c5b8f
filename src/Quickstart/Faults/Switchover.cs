namespace Holdfast.Quickstart.Faults;

/// <summary>A planned change of primary, by the command, as an operator would ask for it.</summary>
internal sealed class Switchover : Fault
{
    public const string Key = "switchover";
    public override string Name => Key;

    public override async Task<Strike> StrikeAsync(Stage stage, Scene before, CancellationToken cancellationToken)
    {
        stage.Narrator.Say($"holdfast switchover (away from {before.Primary.Name})");
        var struckAt = stage.Time.GetTimestamp();
        string? problem;
        try
        {
            await stage.Command.RunAsync(Trial.Deadline, ["switchover", "--yes", "-f", stage.Place.SystemFile], cancellationToken);
            problem = await stage.WaitForMoveAsync(before, cancellationToken);
        }
        catch (QuickstartException fault)
        {
            problem = fault.Message;
        }

        return new Strike(struckAt) { Problems = Strike.ProblemsOf(problem) };
    }
}
