namespace Holdfast.Coordination;

/// <summary>Waiting that can be cancelled.</summary>
internal static class Cancellable
{
    /// <summary>
    /// As <see cref="Task.WaitAsync(CancellationToken)"/>. But that one hops through the thread pool when the task was made to run its continuations
    /// asynchronously; this stays on the caller's scheduler, so that a simulation keeps to its one thread.
    /// </summary>
    public static Task WithAsync(this Task task, CancellationToken cancellationToken) =>
        task.IsCompleted ? task : JoinAsync(task).WaitAsync(cancellationToken);

    private static async Task JoinAsync(Task task) => await task;
}
