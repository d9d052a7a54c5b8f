namespace Holdfast;
public class SmokeTest { [Fact] public void Compiles() => true.ShouldBeTrue(); }
